//! Takes the steps of `tests/tables/marshaling.csv`, on every machine.
//!
//! Threads: `server`, `client` and `third` have an STA each, `careless` has one and ends without CoUninitialize, `mta` and
//! `mta2` are in the MTA, `bare` does not initialise COM. Each starts when it is first named; the server makes an object
//! and a reference to it, `object`. Other names are references, packets, cookies and agile references that steps make.
//!
//! | action | does |
//! |---|---|
//! | `marshal R KIND P [IID]`, `unmarshal P R [IID]` | CoMarshalInterface, and back from the start of the stream |
//! | `give_back P`, `give_back_here P` | CoReleaseMarshalData from the start, or where the stream stands |
//! | `between_threads R P`, `get_and_release P R` | the inter-thread stream |
//! | `register R C`, `get C R IID`, `revoke C` | the global interface table |
//! | `agile OPTION R A [IID]`, `resolve A R`, `drop_agile A` | agile references |
//! | `call R`, `query R IID`, `release R` | a method, QueryInterface, Release |
//! | `lock R LAST`, `unlock R LAST`, `disconnect R` | CoLockObjectExternal, CoDisconnectObject |
//! | `make R` | a new object and a reference to it |
//! | `initialize`, `uninitialize`, `end`, `nothing` | CoInitializeEx(STA), CoUninitialize, the end of the thread |

use crate::{objects::*, support::*};
use complus::{
    AgileReference, HResult, Reference, Stream,
    attribute::{MarshalContext, MarshalFlags},
    com,
    hresult::S_OK,
    iid,
    prelude::*,
    pump_messages,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// A line of the table.
#[derive(Clone, Debug)]
struct Step {
    row: String,
    variant: String,
    at: String,
    action: String,
    code: String,
    pointer: String,
    object: String,
    connections: String,
    closes: String,
}

fn steps() -> Vec<Step> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tables/marshaling.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns =
        ["section", "row", "variant", "step", "at", "action", "code", "pointer", "object", "connections", "closes"];
    assert_eq!(reader.headers().unwrap(), &columns[..]);
    let mut before = (String::new(), String::new(), 0);
    let mut step = |record: csv::StringRecord| {
        let cell = |index: usize| record[index].to_string();
        let place = (cell(1), cell(2), cell(3).parse::<u32>().unwrap());
        let follows = (&before.0, &before.1, before.2 + 1) == (&place.0, &place.1, place.2);
        assert!(follows || place.2 == 1, "{place:?} does not follow {before:?}");
        before = place;
        Step {
            row: cell(1),
            variant: cell(2),
            at: cell(4),
            action: cell(5),
            code: cell(6),
            pointer: cell(7),
            object: cell(8),
            connections: cell(9),
            closes: cell(10),
        }
    };
    reader.records().map(|record| step(record.unwrap())).collect()
}

/// The rows of the table.
pub(crate) fn rows() -> BTreeSet<String> {
    steps().into_iter().map(|step| step.row).collect()
}

/// Takes the steps of a row, each of its variants on every machine.
#[track_caller]
pub(crate) fn run(row: &str) {
    let steps: Vec<Step> = steps().into_iter().filter(|step| step.row == row).collect();
    let variants: BTreeSet<&String> = steps.iter().map(|step| &step.variant).collect();
    assert!(!variants.is_empty(), "no row {row}");
    for variant in variants {
        every_machine(|world| {
            let mut stage = Stage::new(world, variant);
            for (number, step) in steps.iter().filter(|step| step.variant == *variant).enumerate() {
                stage.take(step, &format!("{row}, {variant}, step {}: {} {}", number + 1, step.at, step.action));
            }
            stage.end();
        });
    }
}

/// What the steps have made.
#[derive(Default)]
struct Things {
    references: BTreeMap<String, Reference>,
    streams: BTreeMap<String, Stream>,
    cookies: BTreeMap<String, u32>,
    agile: BTreeMap<String, AgileReference>,
    object: Option<Arc<Probe>>,
}

type Shared = Arc<Mutex<Things>>;

struct Stage<'a> {
    world: &'a World,
    threads: BTreeMap<String, Host>,
    things: Shared,
    connections: Arc<Connections>,
    variant: String,
}

impl<'a> Stage<'a> {
    fn new(world: &'a World, variant: &str) -> Self {
        let mut stage = Self {
            world,
            threads: BTreeMap::new(),
            things: Shared::default(),
            connections: Arc::default(),
            variant: variant.into(),
        };
        stage.act("server", "make object");
        stage
    }

    fn take(&mut self, step: &Step, name: &str) {
        let (code, pointer) = self.act(&step.at, &step.action);
        assert_eq!(code, HResult::from_name(&step.code).unwrap(), "{name}");
        assert_eq!(pointer, step.pointer, "{name}");
        self.settle();
        // One is the stage's own, the other that of the reference.
        let count = self.things.lock().unwrap().object.as_ref().map_or(0, Arc::strong_count);
        assert_eq!(if count > 2 { "held" } else { "free" }, step.object, "{name}");
        if !step.connections.is_empty() {
            assert_eq!(self.connections.count(), step.connections.parse::<i32>().unwrap(), "{name}");
        }
        if !step.closes.is_empty() {
            assert_eq!(self.connections.last_release_closes().to_string(), step.closes, "{name}");
        }
    }

    /// What was posted to a thread before is done.
    fn settle(&self) {
        pump_messages().unwrap();
        self.threads.values().for_each(|thread| thread.run(|| ()));
    }

    fn act(&mut self, at: &str, action: &str) -> (HResult, &'static str) {
        if action == "end" {
            self.threads.remove(at).unwrap().end();
            return (S_OK, "");
        }
        let world = self.world;
        let thread = self.threads.entry(at.into()).or_insert_with(|| match at {
            "server" | "client" | "third" => Host::sta(world),
            "careless" => Host::careless_sta(world),
            "mta" | "mta2" => Host::mta(world),
            "bare" => Host::bare(world),
            _ => panic!("no thread {at}"),
        });
        let (things, variant, action) = (self.things.clone(), self.variant.clone(), action.to_string());
        let connections = self.connections.clone();
        thread.run(move || {
            let words: Vec<&str> = action.split(' ').collect();
            match words[..] {
                ["make", name] => make(&things, name, &variant, connections),
                _ => act(&things, &words),
            }
        })
    }

    fn end(self) {
        let things = std::mem::take(&mut *self.things.lock().unwrap());
        self.threads.into_values().for_each(Host::end);
        drop(things);
    }
}

fn make(things: &Shared, name: &str, variant: &str, connections: Arc<Connections>) -> (HResult, &'static str) {
    let mut probe = Probe::default();
    match variant {
        "external" => probe.external = Some(connections),
        "free" => probe.free_threaded = true,
        "refusing" => probe.no_marshal = true,
        _ => {}
    }
    let object = Arc::new(probe);
    let reference = Reference::new(object.clone()).unwrap();
    let mut things = things.lock().unwrap();
    let before = (things.object.replace(object), things.references.insert(name.into(), reference));
    drop(things);
    drop(before);
    (S_OK, "")
}

/// The interface that a word stands for.
fn interface(word: &str) -> Uuid {
    match word {
        "unknown" => iid::UNKNOWN,
        "probe" => IID_PROBE,
        "other" => IID_OTHER,
        "missing" => IID_MISSING,
        "unmarshalable" => IID_UNMARSHALABLE,
        _ => panic!("no interface {word}"),
    }
}

fn pointer(reference: &Reference) -> &'static str {
    if reference.is_proxy() { "proxy" } else { "raw" }
}

/// Takes one step here.
fn act(things: &Shared, words: &[&str]) -> (HResult, &'static str) {
    // What a step needs is taken out first: nothing is locked during a call.
    let reference = |name: &str| {
        let found = things.lock().unwrap().references.get(name).cloned();
        assert!(found.is_some() || name == "null", "no reference {name}");
        found
    };
    let stream = |name: &str| match name {
        "null" => None,
        "empty" => Some(Stream::new()),
        _ => Some(things.lock().unwrap().streams[name].clone()),
    };
    let rewound = |name: &str| stream(name).inspect(Stream::rewind);
    let got = |name: &str, code: HResult, result: Option<Reference>| {
        assert_eq!(code == S_OK, result.is_some(), "{words:?}");
        let pointer = result.as_ref().map_or("", pointer);
        let before = result.and_then(|result| things.lock().unwrap().references.insert(name.into(), result));
        assert!(before.is_none(), "{words:?}");
        (code, pointer)
    };
    let code = match *words {
        ["nothing"] => S_OK,
        ["marshal", name, kind, packet] => return act(things, &["marshal", name, kind, packet, "probe"]),
        ["marshal", name, kind, packet, interface_name] => {
            let flags = match kind {
                "normal" => MarshalFlags::Normal,
                "strong" => MarshalFlags::TableStrong,
                "weak" => MarshalFlags::TableWeak,
                _ => panic!("no kind {kind}"),
            };
            let stream = (packet != "null").then(Stream::new);
            let code = com::co_marshal_interface(
                stream.as_ref(),
                interface(interface_name),
                reference(name).as_ref(),
                MarshalContext::InProcess,
                flags,
            );
            things.lock().unwrap().streams.extend(stream.map(|stream| (packet.into(), stream)));
            code
        }
        ["unmarshal", packet, name] => return act(things, &["unmarshal", packet, name, "probe"]),
        ["unmarshal", packet, name, interface_name] => {
            let mut result = None;
            let place = (name != "null").then_some(&mut result);
            let code = com::co_unmarshal_interface(rewound(packet).as_ref(), interface(interface_name), place);
            return got(name, code, result);
        }
        ["give_back", packet] => com::co_release_marshal_data(rewound(packet).as_ref()),
        ["give_back_here", packet] => com::co_release_marshal_data(stream(packet).as_ref()),
        ["between_threads", name, packet] => {
            let mut result = None;
            let place = (packet != "null").then_some(&mut result);
            let code = com::co_marshal_inter_thread_interface_in_stream(IID_PROBE, reference(name).as_ref(), place);
            things.lock().unwrap().streams.extend(result.map(|stream| (packet.into(), stream)));
            code
        }
        ["get_and_release", packet, name] => {
            let mut result = None;
            let code = com::co_get_interface_and_release_stream(stream(packet), IID_PROBE, Some(&mut result));
            return got(name, code, result);
        }
        ["register", name, cookie] => {
            let mut result = None;
            let code = com::register_interface_in_global(reference(name).as_ref(), IID_PROBE, Some(&mut result));
            things.lock().unwrap().cookies.extend(result.map(|number| (cookie.into(), number)));
            code
        }
        ["get", cookie, name, interface_name] => {
            let number = things.lock().unwrap().cookies[cookie];
            let mut result = None;
            let code = com::get_interface_from_global(number, interface(interface_name), Some(&mut result));
            return got(name, code, result);
        }
        ["revoke", cookie] => {
            let number = things.lock().unwrap().cookies[cookie];
            com::revoke_interface_from_global(number)
        }
        ["agile", option, name, agile] => return act(things, &["agile", option, name, agile, "probe"]),
        ["agile", option, name, agile, interface_name] => {
            let mut result = None;
            let (option, of) = (option.parse().unwrap(), reference(name));
            let code = com::ro_get_agile_reference(option, interface(interface_name), of.as_ref(), Some(&mut result));
            things.lock().unwrap().agile.extend(result.map(|result| (agile.into(), result)));
            code
        }
        ["resolve", agile, name] => {
            let agile = things.lock().unwrap().agile[agile].clone();
            return got(name, S_OK, Some(agile.resolve(IID_PROBE).unwrap()));
        }
        ["drop_agile", agile] => {
            let dropped = things.lock().unwrap().agile.remove(agile);
            assert!(dropped.is_some());
            S_OK
        }
        ["call", name] => result(whereabouts(&reference(name).unwrap())),
        ["query", name, interface_name] => result(reference(name).unwrap().query(interface(interface_name))),
        ["release", name] => {
            let released = things.lock().unwrap().references.remove(name);
            result(released.unwrap().release())
        }
        ["lock", name, last] => com::co_lock_object_external(reference(name).as_ref(), true, last == "true"),
        ["unlock", name, last] => com::co_lock_object_external(reference(name).as_ref(), false, last == "true"),
        ["disconnect", name] => com::co_disconnect_object(reference(name).as_ref(), 0),
        ["initialize"] => com::co_initialize_ex(None, ApartmentModel::ApartmentThreaded).unwrap(),
        ["uninitialize"] => {
            com::co_uninitialize();
            S_OK
        }
        _ => panic!("no action {words:?}"),
    };
    (code, "")
}

fn result<T>(result: complus::Result<T>) -> HResult {
    result.map_or_else(HResult::from, |_| S_OK)
}
