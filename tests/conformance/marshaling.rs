//! Packets, and what they and proxies keep alive (SYN 10.2, 10.3, 10.6, 14.6).

use crate::{marshaling_table, objects::*, support::*};
use complus::{
    GlobalInterfaceTable, MessageQueue, Reference, Schedule, Stream, VirtualClock,
    attribute::{MarshalContext, MarshalFlags},
    com,
    hresult::{E_INVALIDARG, RPC_E_INVALID_OBJREF},
    message_loop,
    prelude::*,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier, Mutex},
    thread,
};

#[test]
fn syn_w62_object_and_stream_have_to_be_there() {
    marshaling_table::run("SYN-W62");
}

#[test]
fn syn_w63_a_packet_is_read_from_where_the_stream_stands() {
    marshaling_table::run("SYN-W63");
}

#[test]
fn syn_w64_arguments_then_apartment_then_stream() {
    marshaling_table::run("SYN-W64");
}

#[test]
fn syn_w65_an_interface_without_marshaler_is_not_moved() {
    marshaling_table::run("SYN-W65");
}

#[test]
fn syn_w66_a_normal_packet_that_is_released_lets_go() {
    marshaling_table::run("SYN-W66");
}

#[test]
fn syn_w67_at_home_a_packet_is_the_object_itself() {
    marshaling_table::run("SYN-W67");
}

#[test]
fn syn_w68_a_normal_packet_is_for_one_use() {
    marshaling_table::run("SYN-W68");
}

#[test]
fn syn_w69_a_packet_is_spent_by_an_unsupported_interface_too() {
    marshaling_table::run("SYN-W69");
}

#[test]
fn syn_w70_the_last_proxy_lets_go() {
    marshaling_table::run("SYN-W70");
}

#[test]
fn syn_w71_a_marshaled_proxy_keeps_the_object() {
    marshaling_table::run("SYN-W71");
}

#[test]
fn syn_w72_a_proxy_can_be_marshaled_for_another_interface() {
    marshaling_table::run("SYN-W72");
}

#[test]
fn syn_w73_a_weak_packet_of_a_proxy_keeps_nothing() {
    marshaling_table::run("SYN-W73");
}

#[test]
fn syn_w74_a_strong_packet_of_a_proxy_lasts_as_long_as_the_apartment() {
    marshaling_table::run("SYN-W74");
}

#[test]
fn syn_w75_a_released_packet_gives_a_proxy_without_object() {
    marshaling_table::run("SYN-W75");
}

#[test]
fn syn_w76_the_end_of_the_servers_apartment_drops_external_references() {
    marshaling_table::run("SYN-W76");
}

#[test]
fn syn_w77_the_end_of_the_clients_apartment_drops_server_references() {
    marshaling_table::run("SYN-W77");
}

#[test]
fn syn_w78_a_thread_that_ends_without_uninitialize_releases_as_well() {
    marshaling_table::run("SYN-W78");
}

#[test]
fn syn_w79_an_unreleased_packet_goes_with_its_apartment() {
    marshaling_table::run("SYN-W79");
}

#[test]
fn syn_w80_weak_packets_go_with_the_last_proxy() {
    marshaling_table::run("SYN-W80");
}

#[test]
fn syn_w81_a_released_weak_packet_serves_while_a_proxy_lives() {
    marshaling_table::run("SYN-W81");
}

#[test]
fn syn_w82_a_released_weak_packet_without_proxy_is_not_registered() {
    marshaling_table::run("SYN-W82");
}

#[test]
fn syn_w83_a_released_normal_packet_takes_weak_ones_along() {
    marshaling_table::run("SYN-W83");
}

#[test]
fn syn_w84_the_last_of_two_weak_packets_lets_go() {
    marshaling_table::run("SYN-W84");
}

#[test]
fn syn_w85_a_strong_packet_keeps_the_object_until_it_is_released() {
    marshaling_table::run("SYN-W85");
}

#[test]
fn syn_w86_locks_and_disconnection() {
    marshaling_table::run("SYN-W86");
}

#[test]
fn syn_w88_an_implicit_member_uses_a_proxy_until_it_has_an_sta() {
    marshaling_table::run("SYN-W88");
}

#[test]
fn syn_w89_implicit_and_explicit_members_of_the_mta_share_references() {
    marshaling_table::run("SYN-W89");
}

#[test]
fn syn_w90_the_inter_thread_stream_needs_object_and_place() {
    marshaling_table::run("SYN-W90");
}

#[test]
fn syn_w91_the_inter_thread_stream_needs_no_seek() {
    marshaling_table::run("SYN-W91");
}

#[test]
fn syn_h1_every_row_from_w62_to_w94_is_in_the_table_and_holds() {
    let expected: BTreeSet<String> = (62..=94).map(|number| format!("SYN-W{number}")).collect();
    assert_eq!(marshaling_table::rows(), expected);
    expected.iter().for_each(|row| marshaling_table::run(row));
}

#[test]
fn syn_d14_a_thread_that_ends_without_uninitialize_leaves_nothing_behind() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (stream, weak) = exported(&host);
        let client = Host::careless_sta(world);
        let others = host.run(|| {
            let make = || Stream::between_threads(&Reference::new(Probe::make().0).unwrap(), IID_PROBE).unwrap();
            [make(), make()]
        });
        let proxies = client.run(move || {
            let [one, two] = others;
            [stream, one, two].map(|stream| stream.unmarshal(IID_PROBE).unwrap())
        });
        assert_eq!(weak.strong_count(), 1);
        client.end();
        host.run(|| ()); // behind the releases
        assert_eq!(weak.strong_count(), 0);
        drop(proxies);
        host.end();
        // The process is as it was before: the next STA is a new one, and nothing of it is held.
        let host = Host::sta(world);
        let (stream, weak) = exported(&host);
        drop(stream.unmarshal(IID_PROBE).unwrap());
        host.run(|| ());
        assert_eq!(weak.strong_count(), 0);
        host.end();
    });
}

#[test]
fn a_standard_packet_is_written_as_the_protocol_says() {
    every_machine(|_| {
        let reference = Reference::new(Probe::make().0).unwrap();
        let marshal = |flags| {
            let stream = Stream::new();
            reference.marshal(IID_PROBE, MarshalContext::InProcess, flags, &stream).unwrap();
            stream.rewind();
            stream
        };
        let number = |stream: &Stream| u32::from_le_bytes(stream.read().unwrap());
        let stream = marshal(MarshalFlags::Normal);
        assert_eq!(stream.len(), 68);
        assert_eq!((number(&stream), number(&stream)), (0x574f_454d, 1), "MEOW, standard");
        assert_eq!(stream.read().unwrap(), IID_PROBE.to_bytes_le());
        assert_eq!((number(&stream), number(&stream)), (0, 5), "no flags, five public references");
        stream.seek(64);
        assert_eq!(number(&stream), 0, "no string bindings");
        assert!(stream.is_at_end());
        let stream = marshal(MarshalFlags::NoPing);
        stream.seek(24);
        assert_eq!(number(&stream), 0x1000);
    });
}

#[test]
fn what_is_no_packet_is_refused() {
    every_machine(|_| {
        let stream = Stream::new();
        stream.write(&[0; 68]);
        stream.rewind();
        assert_eq!(code(stream.unmarshal(IID_PROBE)), RPC_E_INVALID_OBJREF);
        stream.rewind();
        assert_eq!(code(stream.release_marshal_data()), RPC_E_INVALID_OBJREF);
        assert_eq!(com::co_disconnect_object(Some(&Reference::new(Probe::make().0).unwrap()), 1), E_INVALIDARG);
    });
}

#[test]
fn a_packet_of_another_process_is_read_there_if_it_was_marshaled_for_it() {
    every_machine(|world| {
        let (object, weak) = Probe::make();
        let reference = Reference::new(object).unwrap();
        let marshal = |destination| {
            let stream = Stream::new();
            reference.marshal(IID_PROBE, destination, MarshalFlags::Normal, &stream).unwrap();
            stream.rewind();
            stream
        };
        let (local, in_process) = (marshal(MarshalContext::Local), marshal(MarshalContext::InProcess));
        let process = world.runtime.start_process();
        {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            assert_eq!(code(in_process.unmarshal(IID_PROBE)), RPC_E_INVALID_OBJREF);
            let proxy = local.unmarshal(IID_PROBE).unwrap();
            assert!(proxy.is_proxy());
        }
        in_process.rewind();
        in_process.release_marshal_data().unwrap();
        drop(reference);
        complus::pump_messages().unwrap();
        assert_eq!(weak.strong_count(), 0);
    });
}

#[test]
fn many_threads_that_move_one_object_about_leave_it_free() {
    every_machine(|world| {
        let (server, mta) = (Host::sta(world), Host::mta(world));
        let exports = |host: &Host| {
            host.run(|| {
                let (object, weak, connections) = Probe::connected();
                let reference = Reference::new(object).unwrap();
                let cookie = GlobalInterfaceTable.register(&reference, IID_PROBE).unwrap();
                (cookie, weak, connections)
            })
        };
        let objects = [exports(&server), exports(&mta)];
        let start = Barrier::new(4);
        let work = |model| {
            let _bound = world.runtime.enter();
            let _apartment = Apartment::initialize(model).unwrap();
            start.wait();
            for (cookie, _, _) in objects.iter().cycle().take(200) {
                let reference = GlobalInterfaceTable.get(*cookie, IID_PROBE).unwrap();
                let stream = Stream::between_threads(&reference, IID_PROBE).unwrap();
                whereabouts(&reference).unwrap();
                let again = stream.unmarshal(IID_PROBE).unwrap();
                assert_eq!(again, reference);
                drop((reference, again));
            }
        };
        thread::scope(|scope| {
            use ApartmentModel::{ApartmentThreaded, Multithreaded};
            let models = [ApartmentThreaded, ApartmentThreaded, Multithreaded, Multithreaded];
            for model in models {
                scope.spawn(move || work(model));
            }
        });
        for (cookie, _, _) in &objects {
            GlobalInterfaceTable.revoke(*cookie).unwrap();
        }
        // Behind what was posted to the server; what was posted to the MTA ends with it.
        server.run(|| ());
        mta.end();
        server.end();
        let [(_, weak, connections), (_, free, others)] = objects;
        assert_eq!((weak.strong_count(), connections.count()), (0, 0));
        while free.strong_count() > 0 || others.count() > 0 {
            thread::yield_now(); // A thread of the pool is at it.
        }
    });
}

#[test]
fn under_a_schedule_a_call_through_a_proxy_waits_its_turn() {
    for seed in 0..10 {
        let runtime = Runtime::builder()
            .clock(VirtualClock::new())
            .schedule(Schedule::Deterministic(seed))
            .seed(seed)
            .build()
            .unwrap();
        let offered = Arc::new(Mutex::new(None));
        let (offer, take, waker) = (offered.clone(), offered, runtime.clone());
        let server = runtime.spawn(move || {
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let (object, weak) = Probe::make();
            let stream = Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap();
            *offer.lock().unwrap() = Some((stream, MessageQueue::current().unwrap()));
            waker.wake();
            message_loop().unwrap();
            assert_eq!(weak.strong_count(), 0);
            Ran::here()
        });
        let waiter = runtime.clone();
        let client = runtime.spawn(move || {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let (stream, queue) = waiter.block_until(|| take.lock().unwrap().take()).unwrap();
            let proxy = stream.unmarshal(IID_PROBE).unwrap();
            let ran = [(); 3].map(|()| whereabouts(&proxy).unwrap());
            proxy.release().unwrap();
            queue.post_quit().unwrap();
            ran
        });
        runtime.start();
        let ran = client.join().unwrap();
        assert_eq!(ran, [server.join().unwrap(); 3], "seed {seed}");
    }
}
