//! An activation and its reasons, for people and for programs.

use super::reasons;
use crate::explain::component::{Activated, Names};
use complus_core::rules::{
    class_apartment::Home, placement::Placement, reference::Reference, synchronization::Activity,
    transaction::Transaction,
};
use serde_json::{Value, json};

/// The answer in a few lines, then one block of lines per reason.
pub fn text(activated: &Activated) -> String {
    let mut text = match activated.answer {
        Err(error) => format!("the component is not activated: {error}\n"),
        Ok(decision) => {
            let mut text = format!("the component is activated in {}\n", place(&decision.context));
            let Names { activity, transaction, brought } = &activated.names;
            if let Placement::OwnContext { activity: its, transaction: joined, .. } = decision.context {
                let name = |name: &Option<String>| name.clone().map_or_else(String::new, |name| format!(", {name}"));
                text += &match its {
                    Activity::None => "  activity     none\n".into(),
                    Activity::Callers => format!("  activity     the creator's{}\n", name(activity)),
                    Activity::New => "  activity     a new one\n".into(),
                };
                text += &match joined {
                    Transaction::None => "  transaction  none\n".into(),
                    Transaction::Callers => {
                        format!("  transaction  the creator's{}, as interior\n", name(transaction))
                    }
                    Transaction::New => "  transaction  a new one, as its root\n".into(),
                    Transaction::Brought => format!("  transaction  the brought one{}\n", name(brought)),
                };
            }
            text += &format!("  apartment    {}\n", home(decision.apartment.home));
            text += &format!("  reference    {}\n", reference(decision.reference));
            text + &format!("  properties   {}\n", properties(activated.properties))
        }
    };
    for reason in &activated.reasons {
        text += &reasons::block(reason);
    }
    text
}

/// The same as one JSON object.
pub fn json(activated: &Activated) -> Value {
    let mut value = json!({
        "refused": activated.refused().map(|code| code.to_string()),
        "context": null,
        "activity": null,
        "transaction": null,
        "root": null,
        "own_reasons": [],
        "apartment": null,
        "reference": null,
        "reasons": activated.reasons.iter().map(reasons::value).collect::<Vec<_>>(),
    });
    if let Ok(decision) = activated.answer {
        value["context"] = match decision.context {
            Placement::CreatorsContext => "creators",
            Placement::OwnContext { .. } => "own",
            Placement::DefaultContext => "default",
        }
        .into();
        if let Placement::OwnContext { reasons, activity, transaction } = decision.context {
            value["activity"] = match activity {
                Activity::None => "none",
                Activity::Callers => "creators",
                Activity::New => "new",
            }
            .into();
            value["transaction"] = match transaction {
                Transaction::None => "none",
                Transaction::Callers => "creators",
                Transaction::New => "new",
                Transaction::Brought => "brought",
            }
            .into();
            value["root"] = (transaction == Transaction::New).into();
            value["own_reasons"] = reasons.iter().map(|reason| reason.name()).collect::<Vec<_>>().into();
        }
        value["apartment"] = format!("{:?}", decision.apartment.home).into();
        value["reference"] = format!("{:?}", decision.reference).into();
    }
    value
}

pub(super) fn place(placement: &Placement) -> String {
    match placement {
        Placement::CreatorsContext => "its creator's context, whose activity and transaction it sees".into(),
        Placement::OwnContext { reasons, .. } => format!("a context of its own ({reasons})"),
        Placement::DefaultContext => "the default context of its apartment, without services".into(),
    }
}

fn home(home: Home) -> &'static str {
    match home {
        Home::ThreadsSta => "the STA of the creator's thread",
        Home::MainSta => "the main STA",
        Home::HostSta => "an STA that COM hosts",
        Home::Mta => "the MTA",
        Home::Neutral => "the neutral apartment",
    }
}

fn reference(reference: Reference) -> &'static str {
    match reference {
        Reference::Raw => "the pointer itself",
        Reference::Lightweight => "a lightweight proxy, no thread switch",
        Reference::Switching => "a proxy with thread switch",
        Reference::Remote => "a proxy to another process",
    }
}

/// Which named properties of its creator's context the object sees.
fn properties([iis, comti, custom]: [bool; 3]) -> String {
    let kinds = [(iis, "IIS intrinsics"), (comti, "COMTI intrinsics"), (custom, "custom ones")];
    let seen: Vec<_> = kinds.iter().filter(|(seen, _)| *seen).map(|(_, kind)| *kind).collect();
    if seen.is_empty() { "none of its creator's".into() } else { format!("its creator's: {}", seen.join(", ")) }
}
