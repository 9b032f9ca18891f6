//! Free-threaded objects and agile references (SYN 10.5).

use crate::{marshaling_table, objects::*, support::*};
use complus::{
    AgileReference, Object, Reference, Stream,
    attribute::{AgileReferenceOptions, MarshalContext, MarshalFlags},
    com,
    hresult::{CO_E_NOT_SUPPORTED, E_INVALIDARG, RPC_E_INVALID_OBJREF},
    iid,
    prelude::*,
};
use uuid::Uuid;

const CLSID_FREE_MARSHALER: Uuid = Uuid::from_u128(0x0000_033a_0000_0000_c000_0000_0000_0046);
const CLSID_STANDARD_MARSHALER: Uuid = Uuid::from_u128(0x0000_0017_0000_0000_c000_0000_0000_0046);

#[test]
fn syn_w93_the_free_threaded_marshaler_copies_the_pointer_within_the_process() {
    marshaling_table::run("SYN-W93");
    every_machine(|world| {
        let marshaler = com::co_create_free_threaded_marshaler();
        assert_eq!(marshaler.unmarshal_class(MarshalContext::InProcess), CLSID_FREE_MARSHALER);
        assert_eq!(marshaler.unmarshal_class(MarshalContext::Local), CLSID_STANDARD_MARSHALER);
        assert_eq!(marshaler.size_max(MarshalContext::InProcess), 28);

        let (object, weak) = Probe::free();
        let reference = Reference::new(object).unwrap();
        let stream = Stream::new();
        for (flags, held) in [(MarshalFlags::Normal, 2), (MarshalFlags::TableStrong, 2), (MarshalFlags::TableWeak, 1)] {
            stream.rewind();
            marshaler.marshal(&reference, IID_PROBE, MarshalContext::InProcess, flags, &stream).unwrap();
            assert_eq!((stream.len(), weak.strong_count()), (28, held), "{flags}");
            stream.rewind();
            assert_eq!(marshaler.unmarshal(&stream, IID_PROBE), Ok(reference.clone()));
            let left = if flags == MarshalFlags::TableStrong { 2 } else { 1 };
            assert_eq!(weak.strong_count(), left, "{flags}");
            marshaler.disconnect();
            stream.rewind();
            marshaler.release(&stream).unwrap();
            assert_eq!(weak.strong_count(), 1, "{flags}");
        }
        // Another process knows another secret.
        let process = world.runtime.start_process();
        {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            stream.rewind();
            assert_eq!(code(marshaler.unmarshal(&stream, IID_PROBE)), RPC_E_INVALID_OBJREF);
        }
        // For another destination it is the standard marshaler's packet.
        let stream = Stream::new();
        reference.marshal(IID_PROBE, MarshalContext::Local, MarshalFlags::Normal, &stream).unwrap();
        assert_eq!(stream.len(), 68);
        stream.rewind();
        stream.release_marshal_data().unwrap();
        drop(reference);
        assert_eq!(weak.strong_count(), 0);
    });
}

#[test]
fn syn_w94_an_agile_reference_is_resolved_in_every_apartment() {
    marshaling_table::run("SYN-W94");
    every_machine(|_| {
        let reference = Reference::new(Probe::make().0).unwrap();
        let agile = AgileReference::new(&reference, IID_PROBE, AgileReferenceOptions::Default).unwrap();
        assert!(agile.is_free_threaded() && agile.supports(iid::AGILE_REFERENCE));
        let itself = Reference::new(std::sync::Arc::new(agile.clone())).unwrap();
        assert_eq!(itself.query(iid::AGILE_OBJECT), Ok(itself.clone()));
        assert_eq!(agile.resolve(IID_PROBE), Ok(reference.clone()), "the same pointer");
        assert_eq!(com::ro_get_agile_reference(0, IID_PROBE, None, Some(&mut None)), E_INVALIDARG);
        assert_eq!(com::ro_get_agile_reference(0, IID_PROBE, Some(&reference), None), E_INVALIDARG);
    });
}

#[test]
fn an_object_that_refuses_to_be_moved_is_not_moved() {
    every_machine(|_| {
        let (object, weak) = Probe::refusing();
        let reference = Reference::new(object).unwrap();
        assert_eq!(reference.query(iid::NO_MARSHAL), Ok(reference.clone()));
        assert_eq!(code(Stream::between_threads(&reference, IID_PROBE)), CO_E_NOT_SUPPORTED);
        drop(reference);
        assert_eq!(weak.strong_count(), 0);
    });
}

#[test]
fn a_delayed_agile_reference_is_marshaled_when_it_is_first_resolved_elsewhere() {
    every_machine(|world| {
        let (object, _, connections) = Probe::connected();
        let reference = Reference::new(object).unwrap();
        let delayed = AgileReference::new(&reference, IID_PROBE, AgileReferenceOptions::DelayedMarshal).unwrap();
        assert_eq!(delayed.resolve(IID_PROBE), Ok(reference.clone()));
        assert_eq!(connections.count(), 0);
        let host = Host::sta(world);
        let there = delayed.clone();
        let proxy = host.run(move || there.resolve(IID_PROBE).unwrap());
        assert!(proxy.is_proxy());
        complus::pump_messages().unwrap();
        assert_eq!(connections.count(), 2, "of the agile reference and of the proxy");
        drop((delayed, proxy));
        assert_eq!(connections.count(), 0);
        let agile = AgileReference::new(&reference, IID_PROBE, AgileReferenceOptions::Default).unwrap();
        assert_eq!(connections.count(), 1);
        drop(agile);
        assert_eq!(connections.count(), 0);
        host.end();
    });
}

#[test]
fn syn_h4_a_free_threaded_object_runs_in_the_context_of_its_caller() {
    every_machine(|world| {
        let (first, second) = (Host::sta(world), Host::sta(world));
        let stream =
            first.run(|| Stream::between_threads(&Reference::new(Probe::free().0).unwrap(), IID_PROBE).unwrap());
        let (is_proxy, ran) = second.run(move || {
            let reference = stream.unmarshal(IID_PROBE).unwrap();
            (reference.is_proxy(), whereabouts(&reference).unwrap())
        });
        assert!(!is_proxy);
        assert_eq!(Some(ran), second.ran, "the thread and the token of the second apartment");
        assert_ne!(first.ran, second.ran);
        [first, second].into_iter().for_each(Host::end);
    });
}
