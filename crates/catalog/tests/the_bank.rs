//! The Bank is the catalog of SEC A.11, cell by cell.

mod support;

use complus_catalog::{Class, Snapshot, schema::application as app};
use complus_core::attribute::{
    AccessChecksLevel, Activation, AuthenticationLevel, ImpersonationLevel, IsolationLevel, QueueAuthentication,
    SynchronizationAttribute as Sync, ThreadingModel, TransactionAttribute as Tx,
};
use std::time::Duration;
use support::{bank, bank_id};

fn class(snapshot: &Snapshot, suffix: u16) -> &Class {
    let [class] = snapshot.classes().configurations(bank_id(suffix)) else { panic!("one configuration of {suffix:x}") };
    class
}

#[test]
fn the_bank_is_the_sample_of_the_specification() {
    let catalog = bank();
    let snapshot = catalog.snapshot();
    let [bank, tools] = snapshot.applications() else { panic!("two applications") };

    assert_eq!((bank.id, bank.name(), bank.activation), (bank_id(0x0001), "Meridian Bank", Activation::Server));
    assert_eq!((bank.access_checks, bank.access_checks_level), (true, AccessChecksLevel::Component));
    assert_eq!(
        (bank.authentication, bank.impersonation),
        (AuthenticationLevel::Packet, ImpersonationLevel::Impersonate)
    );
    assert_eq!((bank.node().get(app::AUTHENTICATION_CAPABILITY), bank.identity()), (0x40, "MERIDIAN\\svc-bank"));
    assert!(bank.node().get(app::QUEUING_ENABLED) && bank.node().get(app::QUEUE_LISTENER_ENABLED));
    assert_eq!(bank.node().get(app::QC_AUTHENTICATE_MSGS), QueueAuthentication::SecureApplications);
    assert_eq!((bank.node().get(app::SHUTDOWN_AFTER), bank.node().get(app::RUN_FOREVER)), (3, false));
    assert_eq!((bank.node().get(app::CONCURRENT_APPS), bank.node().get(app::RECYCLE_CALL_LIMIT)), (1, 1000));
    assert_eq!(bank.node().get(app::RECYCLE_EXPIRATION_TIMEOUT), 15);
    let members: Vec<_> = bank.role_members().collect();
    let expected = [("Teller", "Tellers"), ("Manager", "marta"), ("Auditor", "olga"), ("Web", "svc-web")];
    assert_eq!(members.len(), 4);
    for ((role, user), (expected_role, expected_user)) in members.into_iter().zip(expected) {
        assert_eq!((role, user), (expected_role, format!("MERIDIAN\\{expected_user}").as_str()));
    }
    assert!(snapshot.is_or_belongs_to("meridian\\BERT", "MERIDIAN\\Tellers"));
    assert!(!snapshot.is_or_belongs_to("MERIDIAN\\marta", "MERIDIAN\\Tellers"));

    assert_eq!((tools.id, tools.name(), tools.activation), (bank_id(0x0002), "Meridian Tools", Activation::Library));
    assert_eq!((tools.access_checks, tools.access_checks_level), (false, AccessChecksLevel::Application));
    assert_eq!((tools.authentication, tools.role_members().count()), (AuthenticationLevel::Default, 0));

    type Row = (u16, &'static str, ThreadingModel, Tx, Sync, bool, bool, bool);
    let rows: [Row; 6] = [
        (0x0101, "Meridian.Transfer", ThreadingModel::Both, Tx::RequiresNew, Sync::Required, true, true, true),
        (0x0102, "Meridian.Account", ThreadingModel::Both, Tx::Required, Sync::Required, true, true, true),
        (0x0103, "Meridian.Audit", ThreadingModel::Both, Tx::RequiresNew, Sync::Required, true, false, true),
        (0x0104, "Meridian.RateCache", ThreadingModel::Neutral, Tx::NotSupported, Sync::Required, false, true, true),
        (0x0105, "Meridian.Statement", ThreadingModel::Apartment, Tx::Required, Sync::Required, true, true, true),
        (0x0106, "Meridian.Format", ThreadingModel::Both, Tx::Disabled, Sync::Disabled, false, false, false),
    ];
    assert_eq!(snapshot.classes().len(), rows.len());
    for (suffix, progid, threading, transaction, synchronization, jit, checks, tracked) in rows {
        let class = class(&snapshot, suffix);
        assert_eq!((class.progid(), class.component.threading_model), (progid, threading));
        assert_eq!((class.transaction(), class.synchronization()), (transaction, synchronization), "{progid}");
        assert_eq!(
            (class.component.just_in_time, class.component.security.component_checks),
            (jit, checks),
            "{progid}"
        );
        assert_eq!(class.component.tracked, tracked, "{progid}");
        assert_eq!(snapshot.classes().clsid(&progid.to_uppercase()), Some(bank_id(suffix)));
    }
    let pools: Vec<_> = rows.iter().filter_map(|row| class(&snapshot, row.0).pool).collect();
    assert_eq!(pools.len(), 1);
    assert_eq!((pools[0].min, pools[0].max, pools[0].creation_timeout), (2, 8, Some(Duration::from_secs(5))));
    let constructed: Vec<_> =
        rows.iter().map(|row| class(&snapshot, row.0)).filter(|class| class.constructed).collect();
    let strings: Vec<_> = constructed.iter().map(|class| class.constructor_string()).collect();
    assert_eq!(strings, ["stream=audit", "source=ECB;ttl=60"]);
    let levels = [0x0101, 0x0102, 0x0103, 0x0105].map(|suffix| class(&snapshot, suffix).component.isolation);
    let serializable = IsolationLevel::Serializable;
    assert_eq!(levels, [serializable, serializable, IsolationLevel::ReadCommitted, serializable]);
    let timeouts: Vec<_> = rows.iter().filter_map(|row| class(&snapshot, row.0).transaction_timeout).collect();
    assert_eq!(timeouts, [Duration::from_secs(30)]);
}

#[test]
fn roles_interfaces_and_methods_of_the_bank_are_those_of_the_sample() {
    let catalog = bank();
    let snapshot = catalog.snapshot();
    let mut lines = Vec::new();
    for suffix in 0x0101..=0x0106 {
        let class = class(&snapshot, suffix);
        lines.push(format!("{} [{}]", class.progid(), class.roles().collect::<Vec<_>>().join(" ")));
        for interface in class.interfaces() {
            let queued = if interface.queued() { " queued" } else { "" };
            lines.push(format!("  {}{queued} [{}]", interface.name(), interface.roles().collect::<Vec<_>>().join(" ")));
            for method in interface.methods() {
                let auto = if method.auto_complete() { " auto" } else { "" };
                let roles = method.roles().collect::<Vec<_>>().join(" ");
                lines.push(format!("    {} {}{auto} [{roles}]", method.index(), method.name()));
            }
        }
    }
    let expected = "\
Meridian.Transfer [Manager]
  ITransfer []
    3 Move auto [Teller]
  IReversal [Auditor]
    3 Reverse auto []
Meridian.Account []
  IAccount []
    3 Post [Manager]
    4 Balance [Teller]
  IInquiry [Teller Auditor]
Meridian.Audit []
  IAudit []
    3 Write auto []
Meridian.RateCache [Teller Manager Web]
  IRates []
    3 Get []
Meridian.Statement []
  IStatement queued [Web]
    3 Add []
    4 Flush auto []
Meridian.Format []
  IFormat []
    3 Money []";
    assert_eq!(lines.join("\n"), expected);
}
