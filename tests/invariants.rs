//! The invariants of SWC section 13 over random sequences of calls on one thread, each compared with a tiny
//! model of contexts, activities and transactions that is written from the tables and knows nothing of the
//! runtime.

mod support;

use complus::{
    BroughtTransaction, Completed, Result, TransactionProxy, VirtualClock, com,
    context::StreamState,
    hresult::{CONTEXT_E_NOCONTEXT, XACT_E_NOTRANSACTION},
    id::{ActivityId, TransactionId},
    prelude::*,
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};
use support::*;
use uuid::Uuid;

/// A call of a random program.
#[derive(Clone, Debug)]
enum Call {
    /// Transaction, synchronization, isolation level, brought transaction, seconds until its time-out.
    Enter { transaction: i32, synchronization: i32, isolation: i32, brought: Option<usize>, timeout: u32 },
    /// The untouched configuration.
    EnterUntouched,
    /// SetComplete, SetAbort, EnableCommit, DisableCommit, TxCommit, TxAbort.
    Vote(u8),
    /// By the guard, by the COM-shaped call, by dropping the guard.
    Leave(u8),
    /// Hands the transaction out, so that it leaves its frame.
    Share,
    /// The owner of a brought transaction commits or aborts it.
    Owner { transaction: usize, commit: bool },
    /// A second passes, where the clock is virtual.
    Wait,
    /// A property is set.
    Property,
    /// A future in a domain that is pending from now on, and whether it said DisableCommit before.
    Pend { transaction: i32, synchronization: i32, brought: Option<usize>, inconsistent: bool },
    /// One of these futures goes on to its end, or is dropped.
    Resume { which: usize, dropped: bool },
}

fn call() -> impl Strategy<Value = Call> {
    let isolation = prop_oneof![4 => Just(0), 1 => Just(2), 1 => Just(4)];
    let enter = (0..4, 0..4, isolation, brought_by_few(), 0..4u32).prop_map(
        |(transaction, synchronization, isolation, brought, timeout)| Call::Enter {
            transaction,
            synchronization,
            isolation,
            brought,
            timeout,
        },
    );
    let pend = (0..4, 0..4, brought_by_few(), any::<bool>()).prop_map(
        |(transaction, synchronization, brought, inconsistent)| Call::Pend {
            transaction,
            synchronization,
            brought,
            inconsistent,
        },
    );
    prop_oneof![
        8 => enter,
        1 => Just(Call::EnterUntouched),
        4 => (0..6u8).prop_map(Call::Vote),
        6 => (0..3u8).prop_map(Call::Leave),
        1 => Just(Call::Share),
        1 => (0..OWNED, any::<bool>()).prop_map(|(transaction, commit)| Call::Owner { transaction, commit }),
        1 => Just(Call::Wait),
        1 => Just(Call::Property),
        2 => pend,
        2 => (0..4usize, any::<bool>()).prop_map(|(which, dropped)| Call::Resume { which, dropped }),
    ]
}

fn brought_by_few() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![5 => Just(None), 1 => (0..OWNED).prop_map(Some)]
}

/// Number of transactions that the program owns and brings along.
const OWNED: usize = 2;

/// The model: contexts and transactions by index, activities by number.
#[derive(Default)]
struct Model {
    now: u64,
    transactions: Vec<Modelled>,
    stack: Vec<Frame>,
    /// Frames of futures that are pending.
    pending: Vec<Frame>,
    activities: usize,
}

struct Modelled {
    state: StreamState,
    isolation: i32,
    deadline: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Part {
    Root,
    Interior,
    Brought,
}

struct Frame {
    transaction: Option<(usize, Part)>,
    activity: Option<usize>,
    consistent: bool,
    properties: usize,
}

const UNTOUCHED: Frame = Frame { transaction: None, activity: None, consistent: true, properties: 0 };

impl Model {
    fn new() -> Self {
        let owned = || Modelled { state: StreamState::Active, isolation: 4, deadline: None };
        Self { transactions: std::iter::repeat_with(owned).take(OWNED).collect(), ..Self::default() }
    }

    /// The context that an entry makes, by the tables of SWC 4.1 and 5.2.
    fn enter(&mut self, call: &Call) -> Option<Frame> {
        let Call::Enter { transaction, synchronization, isolation, brought, timeout } = *call else {
            return Some(UNTOUCHED);
        };
        let caller = self.stack.last();
        let enclosing = caller.and_then(|frame| frame.transaction).map(|(index, _)| index);
        let part = match (brought, transaction, enclosing) {
            (Some(index), _, _) if self.transactions[index].state.is_over() => return None,
            (Some(index), _, _) => Some((index, Part::Brought)),
            (None, 0, _) | (None, 1, None) => None,
            (None, 3, _) | (None, 2, None) => Some((self.transactions.len(), Part::Root)),
            (None, _, Some(index)) => match self.transactions[index].state {
                StreamState::Doomed => Some((index, Part::Interior)),
                StreamState::Active if isolation == 0 || isolation == self.transactions[index].isolation => {
                    Some((index, Part::Interior))
                }
                StreamState::Active => Some((self.transactions.len(), Part::Root)),
                _ => return None,
            },
            _ => unreachable!(),
        };
        let setting = match (synchronization, part) {
            (0 | 1, Some(_)) | (3, Some((_, Part::Interior))) => 2,
            (other, _) => other,
        };
        let callers = caller.and_then(|frame| frame.activity);
        let activity = match (setting, callers) {
            (0, _) => None,
            (1, callers) => callers,
            (2, Some(callers)) => Some(callers),
            _ => {
                self.activities += 1;
                Some(self.activities)
            }
        };
        if let Some((_, Part::Root)) = part {
            let isolation = if isolation == 0 { 4 } else { isolation };
            let deadline = (timeout != 0).then_some(self.now + u64::from(timeout));
            self.transactions.push(Modelled { state: StreamState::Active, isolation, deadline });
        }
        Some(Frame { transaction: part, activity, ..UNTOUCHED })
    }

    /// What leaving the top does and reports, by SWC 7.2 and 7.3.
    fn leave(&mut self, dropped: bool) -> Option<TransactionStatus> {
        let frame = self.stack.pop().unwrap();
        self.leave_frame(&frame, dropped)
    }

    /// A future comes to its end, or is dropped.
    fn resume(&mut self, which: usize, dropped: bool) -> (Frame, Option<TransactionStatus>) {
        let frame = self.pending.remove(which);
        let status = self.leave_frame(&frame, dropped);
        (frame, status)
    }

    fn leave_frame(&mut self, frame: &Frame, dropped: bool) -> Option<TransactionStatus> {
        let (index, part) = frame.transaction?;
        // What is still pending is a participant of the root (TXN 14.3).
        let others = self.pending.iter().filter(|other| other.transaction.is_some_and(|(other, _)| other == index));
        let agreed = part != Part::Root || others.into_iter().all(|other| other.consistent);
        let state = &mut self.transactions[index].state;
        let consistent = frame.consistent && !dropped && agreed;
        *state = match (*state, part, consistent) {
            (StreamState::Active, Part::Root, true) => StreamState::Committed,
            (StreamState::Active | StreamState::Doomed, Part::Root, _) => StreamState::Aborted,
            (StreamState::Active, _, false) => StreamState::Doomed,
            (state, _, _) => state,
        };
        Some(match state {
            StreamState::Active => TransactionStatus::LocallyOk,
            StreamState::Doomed => TransactionStatus::Aborting,
            // Somebody else committed it meanwhile; an interior domain's status never is S_OK.
            StreamState::Committed if part == Part::Interior => TransactionStatus::LocallyOk,
            StreamState::Committed => TransactionStatus::Committed,
            _ => TransactionStatus::Aborted,
        })
    }

    /// An owner ends its transaction; the open contexts in it vote (TXN 11.2).
    fn end(&mut self, index: usize, commit: bool) -> bool {
        let inside = |frame: &&Frame| frame.transaction.is_some_and(|(transaction, _)| transaction == index);
        let consistent = self.stack.iter().chain(&self.pending).filter(inside).all(|frame| frame.consistent);
        let state = &mut self.transactions[index].state;
        let committed = commit && consistent && *state == StreamState::Active;
        if !state.is_over() {
            *state = if committed { StreamState::Committed } else { StreamState::Aborted };
        }
        committed
    }

    fn wait(&mut self) {
        self.now += 1;
        for transaction in &mut self.transactions {
            if !transaction.state.is_over() && transaction.deadline.is_some_and(|deadline| deadline <= self.now) {
                transaction.state = StreamState::Aborted;
            }
        }
    }
}

/// A brought transaction's proxy: COM+ must never commit it (invariant 9).
struct Proxy(Transaction, Arc<AtomicUsize>);

impl TransactionProxy for Proxy {
    fn commit(&self, _: Uuid) -> Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn abort(&self) -> Result<()> {
        self.0.abort()
    }
    fn promote(&self) -> Result<Transaction> {
        Ok(self.0.participant())
    }
}

type Pending = Pin<Box<dyn Future<Output = Result<Completed<Place>>>>>;

/// Pending once; then answers where it was.
async fn pend(inconsistent: bool) -> Place {
    let inside = place();
    if inconsistent {
        here().disable_commit().unwrap();
    }
    let before = place();
    let mut pended = false;
    poll_fn(|_| if std::mem::replace(&mut pended, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    assert_eq!(place(), before);
    inside
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs `calls` on a machine and on the model.
fn run(calls: &[Call], virtually: bool, observed: bool) {
    let log = Recorder::default();
    let mut builder = Runtime::builder();
    if virtually {
        builder = builder.clock(VirtualClock::new());
    }
    if observed {
        builder = builder.observer(log.observer());
    }
    let runtime = builder.build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let never = complus::TransactionOptions { timeout: Some(0), ..Default::default() };
    let owned: Vec<Transaction> =
        (0..OWNED).map(|_| runtime.transaction_manager().begin(never.clone()).unwrap()).collect();
    let commits = Arc::new(AtomicUsize::new(0));
    // The second one comes through a proxy.
    let brought = |index: usize| match index {
        0 => BroughtTransaction::from(&owned[0]),
        _ => BroughtTransaction::Proxy(Arc::new(Proxy(owned[index].clone(), commits.clone()))),
    };

    let mut model = Model::new();
    let mut guards = Vec::new();
    let mut places = vec![place()];
    let mut transactions: HashMap<usize, TransactionId> = owned.iter().map(Transaction::id).enumerate().collect();
    let mut activities: HashMap<usize, ActivityId> = HashMap::new();
    let mut aborting = Vec::new();
    let mut scopes: Vec<Pending> = Vec::new();

    // At the end everything is left, by the guards, and what is pending goes on.
    let endings = std::iter::repeat_n(Call::Leave(0), calls.len())
        .chain(std::iter::repeat_n(Call::Resume { which: 0, dropped: false }, calls.len()));
    for call in calls.iter().cloned().chain(endings) {
        match call {
            Call::Enter { .. } | Call::EnterUntouched => {
                let mut config = ServiceConfig::new();
                if let Call::Enter { transaction, synchronization, isolation, brought: source, timeout } = call {
                    config = config
                        .transaction(transaction.try_into().unwrap())
                        .synchronization(synchronization.try_into().unwrap())
                        .isolation_level(isolation.try_into().unwrap())
                        .transaction_timeout(Duration::from_secs(timeout.into()));
                    if !virtually {
                        config = config.transaction_timeout(Duration::ZERO);
                    }
                    if let Some(index) = source {
                        config = config.bring_your_own_transaction(brought(index));
                    }
                }
                match (ServiceDomain::enter(&config), model.enter(&call)) {
                    (Ok(guard), Some(frame)) => {
                        guards.push(guard);
                        places.push(place());
                        model.stack.push(frame);
                    }
                    (Err(error), None) => assert_eq!(error.hresult(), XACT_E_NOTRANSACTION),
                    (entered, expected) => panic!("{call:?}: {entered:?}, expected success: {}", expected.is_some()),
                }
            }
            Call::Vote(vote) => {
                if let Some(frame) = model.stack.last_mut() {
                    let context = here();
                    let by_state = frame.transaction.is_some();
                    match vote {
                        0 => context.set_complete().unwrap(),
                        1 => context.set_abort().unwrap(),
                        2 => context.enable_commit().unwrap(),
                        3 => context.disable_commit().unwrap(),
                        4 => assert_eq!(
                            context.state().set_my_transaction_vote(TransactionVote::Commit).is_ok(),
                            by_state
                        ),
                        _ => assert_eq!(
                            context.state().set_my_transaction_vote(TransactionVote::Abort).is_ok(),
                            by_state
                        ),
                    }
                    frame.consistent = matches!(vote, 0 | 2 | 4);
                }
            }
            Call::Leave(how) => match guards.pop() {
                None => assert_eq!(code(com::try_leave_service_domain(None)), CONTEXT_E_NOCONTEXT),
                Some(guard) => {
                    let (part, dropped) = (model.stack.last().unwrap().transaction, how == 2);
                    let expected = model.leave(dropped);
                    places.pop();
                    match how {
                        0 => assert_eq!(guard.leave().unwrap(), expected.unwrap_or(TransactionStatus::NoTransaction)),
                        1 => {
                            std::mem::forget(guard);
                            assert_eq!(co_leave(), expected.map(TransactionStatus::hresult).as_slice());
                        }
                        _ => drop(guard),
                    }
                    // Invariants 4 and 5.
                    if let (Some((index, part)), Some(status)) = (part, expected) {
                        use TransactionStatus::{Aborted, Aborting, Committed, LocallyOk};
                        match part {
                            Part::Root => {
                                assert!(!matches!(status, LocallyOk | Aborting));
                                assert!(!aborting.contains(&index) || status == Aborted);
                            }
                            Part::Interior => assert_ne!(status, Committed),
                            Part::Brought => {}
                        }
                        if status == Aborting {
                            aborting.push(index);
                        }
                    }
                }
            },
            Call::Share => {
                if let Ok(context) = ObjectContext::current() {
                    let transaction = context.info().transaction().unwrap();
                    assert_eq!(transaction.is_some(), model.stack.last().unwrap().transaction.is_some());
                }
            }
            Call::Owner { transaction, commit } => {
                let done = if commit { owned[transaction].commit() } else { owned[transaction].abort() };
                let was_over = model.transactions[transaction].state.is_over();
                let committed = model.end(transaction, commit);
                assert_eq!(done.is_ok(), if commit { committed } else { !was_over });
            }
            Call::Wait if virtually => {
                runtime.advance(Duration::from_secs(1)).unwrap();
                model.wait();
            }
            Call::Wait => {}
            Call::Pend { transaction, synchronization, brought: source, inconsistent } => {
                let mut config = ServiceConfig::new()
                    .transaction(transaction.try_into().unwrap())
                    .synchronization(synchronization.try_into().unwrap())
                    .transaction_timeout(Duration::ZERO);
                if let Some(index) = source {
                    config = config.bring_your_own_transaction(brought(index));
                }
                let like = Call::Enter { transaction, synchronization, isolation: 0, brought: source, timeout: 0 };
                let mut scope: Pending = Box::pin(ServiceDomain::scope(&config, pend(inconsistent)));
                match (poll(&mut scope), model.enter(&like)) {
                    (Poll::Pending, Some(frame)) => {
                        model.pending.push(Frame { consistent: !inconsistent, ..frame });
                        scopes.push(scope);
                    }
                    (Poll::Ready(Err(error)), None) => assert_eq!(error.hresult(), XACT_E_NOTRANSACTION),
                    (entered, expected) => panic!("{call:?}: {entered:?}, expected success: {}", expected.is_some()),
                }
            }
            Call::Resume { .. } if scopes.is_empty() => {}
            Call::Resume { which, dropped } => {
                let which = which % scopes.len();
                let mut scope = scopes.remove(which);
                let (frame, expected) = model.resume(which, dropped);
                if !dropped {
                    let Poll::Ready(done) = poll(&mut scope) else { panic!("pending") };
                    let Completed { value, status } = done.unwrap();
                    assert_eq!(
                        (value.transaction.is_some(), value.activity.is_some()),
                        (frame.transaction.is_some(), frame.activity.is_some())
                    );
                    if let (Some((index, _)), Some(id)) = (frame.transaction, value.transaction) {
                        assert_eq!(*transactions.entry(index).or_insert(id), id);
                    }
                    if let (Some(number), Some(id)) = (frame.activity, value.activity) {
                        assert_eq!(*activities.entry(number).or_insert(id), id);
                    }
                    assert_eq!(status, expected.unwrap_or(TransactionStatus::NoTransaction));
                }
            }
            Call::Property => {
                if let Some(frame) = model.stack.last_mut() {
                    here().properties().set("Color", "red").unwrap();
                    frame.properties = 1;
                }
            }
        }

        // The runtime's stack is the model's.
        assert_eq!(guards.len(), model.stack.len());
        let Place { vote, ref token, context, activity, transaction } = place();
        let expected = places.last().unwrap();
        assert_eq!(
            (token, context, activity, transaction),
            (&expected.token, expected.context, expected.activity, expected.transaction)
        );
        if let Some(frame) = model.stack.last() {
            // Invariant 2, and ids are the same exactly where the model's are.
            assert!(transaction.is_none() || activity.is_some());
            assert_eq!(
                (transaction.is_some(), activity.is_some()),
                (frame.transaction.is_some(), frame.activity.is_some())
            );
            if let (Some((index, _)), Some(id)) = (frame.transaction, transaction) {
                assert_eq!(*transactions.entry(index).or_insert(id), id);
            }
            if let (Some(number), Some(id)) = (frame.activity, activity) {
                assert_eq!(*activities.entry(number).or_insert(id), id);
            }
            let consistent = vote.map(|vote| vote == TransactionVote::Commit);
            assert_eq!(consistent, frame.transaction.map(|_| frame.consistent));
            // Invariant 6: nothing of the caller's, but what was set in here.
            assert_eq!(here().properties().count().unwrap(), frame.properties);
        }
        for (index, transaction) in owned.iter().enumerate() {
            assert_eq!(transaction.state(), model.transactions[index].state);
        }
        // Invariant 3: an automatic transaction stays in one activity.
        for frame in &model.stack {
            let Some((index, _)) = frame.transaction.filter(|(index, _)| *index >= OWNED) else { continue };
            let others = model.stack.iter().filter(|other| other.transaction.is_some_and(|(other, _)| other == index));
            assert!(others.into_iter().all(|other| other.activity == frame.activity));
        }
    }
    // Invariant 1.
    assert_eq!(place(), places[0]);
    assert!(guards.is_empty());
    // Different things have different ids.
    assert_eq!(transactions.values().collect::<HashSet<_>>().len(), transactions.len());
    assert_eq!(activities.values().collect::<HashSet<_>>().len(), activities.len());
    // Invariant 9.
    assert_eq!(commits.load(Ordering::Relaxed), 0);
}

/// A setter with a value; those of different rows commute (invariant 8).
#[derive(Clone, Copy, Debug)]
enum Setter {
    Transaction(TransactionConfig),
    Synchronization(SynchronizationConfig),
    Isolation(IsolationLevel),
    Pool(ThreadPool),
    Partition(PartitionConfig),
    Iis(IisIntrinsicsConfig),
    Timeout(u32),
    Tracker(TrackerConfig),
    Byot,
}

impl Setter {
    fn apply(self, config: ServiceConfig, brought: &Transaction) -> ServiceConfig {
        match self {
            Self::Transaction(value) => config.transaction(value),
            Self::Synchronization(value) => config.synchronization(value),
            Self::Isolation(value) => config.isolation_level(value),
            Self::Pool(value) => config.thread_pool(value),
            Self::Partition(value) => config.partition(value),
            Self::Iis(value) => config.iis_intrinsics(value),
            Self::Timeout(seconds) => config.transaction_timeout(Duration::from_secs(seconds.into())),
            Self::Tracker(value) => config.tracker(value, Some("app"), None),
            Self::Byot => config.bring_your_own_transaction(brought),
        }
    }
}

/// One setter of each row, in two random orders.
fn setters() -> impl Strategy<Value = (Vec<Setter>, Vec<Setter>)> {
    let one_of_each = (
        prop::sample::select(TransactionConfig::ALL),
        prop::sample::select(SynchronizationConfig::ALL),
        prop::sample::select(IsolationLevel::ALL),
        prop::sample::select(ThreadPool::ALL),
        prop::sample::select(PartitionConfig::ALL),
        prop::sample::select(IisIntrinsicsConfig::ALL),
        0..100u32,
        prop::sample::select(TrackerConfig::ALL),
        any::<bool>(),
    )
        .prop_map(|(transaction, synchronization, isolation, pool, partition, iis, timeout, tracker, byot)| {
            let mut setters = vec![
                Setter::Transaction(transaction),
                Setter::Synchronization(synchronization),
                Setter::Isolation(isolation),
                Setter::Pool(pool),
                Setter::Partition(partition),
                Setter::Iis(iis),
                Setter::Timeout(timeout),
                Setter::Tracker(tracker),
            ];
            if byot {
                setters.push(Setter::Byot);
            }
            setters
        });
    one_of_each.prop_flat_map(|setters| (Just(setters.clone()).prop_shuffle(), Just(setters).prop_shuffle()))
}

/// What a domain with this configuration is, or why there is none; ids left out.
fn effect(config: &ServiceConfig) -> std::result::Result<String, HResult> {
    let domain = ServiceDomain::enter(config).map_err(|error| error.hresult())?;
    let info = here().transaction_info().isolation_level_and_timeout().ok();
    let (transaction, activity) = (place().transaction.is_some(), place().activity.is_some());
    let tracked = here().tracker().unwrap().is_some();
    let status = domain.leave().unwrap();
    Ok(format!("{info:?} {transaction} {activity} {tracked} {status:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_of_calls_does_what_the_model_says(calls in vec(call(), 1..60)) {
        run(&calls, false, false);
        run(&calls, true, true);
    }

    #[test]
    fn observers_and_clocks_change_nothing(calls in vec(call(), 1..40)) {
        run(&calls, false, true);
        run(&calls, true, false);
    }

    #[test]
    fn setters_of_different_rows_commute((one, other) in setters()) {
        let runtime = Runtime::builder().clock(VirtualClock::new()).build().unwrap();
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let t = runtime.transaction_manager().begin(Default::default()).unwrap();
        for start in [ServiceConfig::new(), ServiceConfig::inheriting()] {
            let build = |setters: &[Setter]| setters.iter().fold(start.clone(), |config, setter| setter.apply(config, &t));
            let (one, other) = (build(&one), build(&other));
            prop_assert_eq!(one.settings(), other.settings());
            for outer in [None, Some(own_activity()), Some(root())] {
                let outer = outer.map(|config| enter(&config));
                prop_assert_eq!(effect(&one), effect(&other));
                if let Some(outer) = outer {
                    outer.leave().unwrap();
                }
            }
        }
    }
}
