//! Entering, step by step (SWC 7.1).

use super::{
    facts::{CallerFacts, ConfiguredNames, bring},
    fast,
};
use crate::{
    domain::ServiceConfig,
    machine::{ID_BITS, Machine, gate},
    observation::Place,
    process::ProcessState,
    thread::{
        self, Binding,
        frame::{Details, Frame, Owned, Position, Segment, SharedTransaction},
    },
};
use complus_core::{
    attribute::TrackerConfig,
    context::{PropertyKind, Tracker, TransactionStream},
    error::{DomainError, Result, RuntimeError},
    event::{AbortReason, Diagnostic, What},
    rules::{
        leave::Role,
        partition::Partition,
        service_domain::{self, Resolution},
        side_by_side::Assembly,
        synchronization::{Activity, Adjustment},
        tracker::Tracking,
        transaction::{self, root_isolation},
    },
    stack::PushedBy,
};
use complus_sync::{Arc, atomic::Ordering};
use complus_transaction::Ballot;
use std::num::NonZeroU64;

/// How the new frame relates to the thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It stays on this thread and may borrow from the frames beneath.
    Thread,
    /// It will be taken off and may travel: it shares what it would borrow.
    Anywhere,
}

/// Whether an error that the configuration alone makes sure of can be given on this thread.
#[cold]
#[inline(never)]
pub(super) fn may_refuse() -> bool {
    thread::try_active(|binding| Some(fast::may_refuse(binding))).unwrap_or(false)
}

#[cold]
#[inline(never)]
pub(super) fn enter_cold(config: &ServiceConfig) -> Result<NonZeroU64> {
    match enter_observed(config) {
        Some(context) => Ok(context),
        None => enter(config, Reach::Thread),
    }
}

/// The fast path with somebody watching, who is told afterwards.
fn enter_observed(config: &ServiceConfig) -> Option<NonZeroU64> {
    let entered = thread::try_active_and_tell(
        |binding| {
            if binding.machine.as_deref()?.gate() != gate::OBSERVED {
                return None;
            }
            let caller = binding.stack.top()?.number;
            Some((fast::enter(binding, config, gate::OBSERVED)?, caller))
        },
        |binding, (_, caller)| tell_entered(binding, *caller),
    );
    entered.map(|(context, _)| context)
}

/// Enters a domain whose frame can be suspended; answers the number of its context.
pub(crate) fn enter_poll(config: &ServiceConfig) -> Result<NonZeroU64> {
    enter(config, Reach::Anywhere)
}

fn enter(config: &ServiceConfig, reach: Reach) -> Result<NonZeroU64> {
    let (machine, process) = thread::here()?;
    let entered = decide(&machine, &process, config).and_then(|decided| decided.carry_out(&machine, config, reach));
    if let Err(error) = &entered
        && machine.is_observed()
    {
        machine.emit_here(What::DomainRefused { error: error.hresult() });
    }
    entered.and_then(|number| NonZeroU64::new(number).ok_or_else(|| RuntimeError::ThreadEnding.into()))
}

/// The decision on an entry, before anything is changed.
struct Decided {
    resolution: Resolution,
    /// The brought transaction, with a voter registered.
    brought: Option<Box<SharedTransaction>>,
}

fn decide(machine: &Arc<Machine>, process: &ProcessState, config: &ServiceConfig) -> Result<Decided> {
    machine.admit(process)?;
    let facts = thread::bound(|binding| CallerFacts::of(binding, || machine.clock.now()))?;
    if let Some((deadline, place)) = facts.expired {
        machine.emit(place, What::TransactionAborted { reason: AbortReason::TimedOut { deadline } });
    }
    let principal = facts.principal.as_ref().unwrap_or(&machine.principal);
    let names = ConfiguredNames::new(config, machine, principal);
    let resolution = service_domain::resolve(config.settings(), &facts.caller(), &names, &machine.compat, &mut ())?;
    if thread::bound(|binding| binding.stack.is_full())? {
        return Err(DomainError::TooManyContexts.into());
    }
    if resolution.flow.transaction == transaction::Transaction::New && !machine.manager.is_available() {
        return Err(DomainError::ManagerUnavailable.into());
    }
    let mut brought = None;
    if resolution.flow.transaction == transaction::Transaction::Brought {
        let handle = names.transaction().ok_or(DomainError::TransactionOver)?;
        brought = Some(bring(handle, names.proxy())?);
    }
    Ok(Decided { resolution, brought })
}

impl Decided {
    fn carry_out(self, machine: &Arc<Machine>, config: &ServiceConfig, reach: Reach) -> Result<u64> {
        if reach == Reach::Anywhere {
            let open = machine.shared_contexts.fetch_add(1, Ordering::Relaxed);
            if open >= machine.limits.contexts {
                machine.shared_contexts.fetch_sub(1, Ordering::Relaxed);
                return Err(DomainError::TooManyContexts.into());
            }
        }
        let resolution = self.resolution;
        let observed = machine.is_observed();
        let (number, caller) = thread::bound(|binding| {
            let caller = binding.stack.top().map_or(0, |top| top.number);
            (self.push(binding, machine, config, reach), caller)
        })?;
        if observed {
            thread::look(|binding| {
                tell_entered(binding, caller);
                Some(())
            });
            if resolution.flow.adjustment == Adjustment::Limited {
                machine.emit_here(What::Diagnostic(Diagnostic::SynchronizationLimited));
            }
            if service_domain::spans_activities(config.settings(), &resolution.flow) {
                machine.emit_here(What::Diagnostic(Diagnostic::BroughtTransactionInNewActivity));
            }
        }
        Ok(number)
    }

    fn push(self, binding: &mut Binding, machine: &Arc<Machine>, config: &ServiceConfig, reach: Reach) -> u64 {
        let here = Position::new(binding.stack.depth());
        let number = binding.number();
        let pushed_by = if reach == Reach::Anywhere { PushedBy::Poll } else { PushedBy::Domain };
        let mut frame = Frame::plain(number, pushed_by);
        let flow = self.resolution.flow;
        let caller =
            binding.stack.top().map_or((Position::NONE, Position::NONE), |top| (top.transaction, top.activity));

        // Activity, before the transaction that needs it.
        frame.activity = match flow.activity {
            Activity::None => Position::NONE,
            Activity::New => here,
            Activity::Callers if reach == Reach::Thread => caller.1,
            Activity::Callers => {
                frame.rare_mut().activity = binding.frame(caller.1).map(Frame::activity_number);
                here
            }
        };

        // Transaction.
        let next = Position::new(binding.transactions.len());
        match flow.transaction {
            transaction::Transaction::None => {}
            transaction::Transaction::Callers => {
                (frame.role, frame.transaction) = (Role::Interior, caller.0);
                if reach == Reach::Anywhere
                    && let Some(handle) = binding.share_transaction(caller.0, None)
                {
                    frame.transaction = next;
                    let stream = handle.unsettled_stream();
                    let mut shared = SharedTransaction::new(handle);
                    // It may be elsewhere when the root is left: its vote counts through a ballot (TXN 14.3).
                    shared.ballot = ballot_of(binding, caller.0);
                    binding.transactions.push(Owned { stream, shared: Some(shared) });
                }
            }
            transaction::Transaction::New => {
                (frame.role, frame.transaction) = (Role::Root, next);
                let timeout = config.timeout.unwrap_or_else(|| machine.default_timeout.seconds());
                let isolation = root_isolation(config.settings().isolation);
                let stream = TransactionStream::begin(number & ID_BITS, isolation, timeout, machine.clock.now());
                binding.transactions.push(Owned { stream, shared: None });
                // Shared from the start where a timer or another thread must reach it, or where it has a name.
                let description = description(config);
                if reach == Reach::Anywhere || machine.clock.as_virtual().is_some() || description.is_some() {
                    binding.share_transaction(next, description);
                }
            }
            transaction::Transaction::Brought => {
                if let Some(shared) = self.brought {
                    (frame.role, frame.transaction) = (Role::Brought, next);
                    let stream = shared.handle.unsettled_stream();
                    binding.transactions.push(Owned { stream, shared: Some(shared) });
                }
            }
        }

        // The rest.
        let caller_partition = binding.stack.top().map_or(0, |top| top.partition);
        frame.partition = match self.resolution.partition {
            Partition::Global => 0,
            Partition::Callers => caller_partition,
            Partition::Configured => {
                config.rare.as_deref().and_then(|rare| machine.partitions.number(rare.partition.0)).unwrap_or(0)
            }
        };
        let details = details(&self.resolution, binding, machine, config, number);
        if details != Details::default() {
            frame.rare_mut().details = details;
        }
        frame.derive_kind();
        binding.stack.push(frame);
        number
    }
}

/// The ballot of the shared transaction at `position`; once it is asked for, it knows the votes of the
/// contexts that are open already.
pub(super) fn ballot_of(binding: &mut Binding, position: Position) -> Option<Arc<Ballot>> {
    let inconsistent = |frame: &&Frame| frame.transaction == position && !frame.all_flags().consistent;
    let count = binding.stack.frames().iter().filter(inconsistent).count();
    let shared = binding.transactions.get_mut(position.index())?.shared.as_mut()?;
    if shared.ballot.is_none() {
        let ballot = shared.handle.ballot(|ballot| shared.handle.register_voter(ballot)).ok()?;
        ballot.add_inconsistent(count);
        shared.ballot = Some(ballot);
    }
    shared.ballot.clone()
}

/// The rare properties of the new context.
pub(super) fn details(
    resolution: &Resolution,
    binding: &Binding,
    machine: &Machine,
    config: &ServiceConfig,
    number: u64,
) -> Details {
    let callers = binding.stack.top().and_then(Frame::details);
    let rare = config.rare.as_deref();
    let tracker = (resolution.tracking != Tracking::Off).then(|| {
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        let context = match resolution.tracking {
            Tracking::NamedByContextId => machine.context_id(number).map(|id| id.to_string()).unwrap_or_default(),
            _ => name(rare.and_then(|rare| rare.tracker_context.as_ref())),
        };
        Arc::new(Tracker { application: name(rare.and_then(|rare| rare.tracker_application.as_ref())), context })
    });
    let flows = |kind| match kind {
        PropertyKind::Iis => resolution.iis,
        PropertyKind::Comti => resolution.comti,
        PropertyKind::Custom => resolution.user_properties,
    };
    Details {
        assembly: match resolution.assembly {
            Assembly::None => None,
            Assembly::Callers => callers.and_then(|details| details.assembly.clone()),
            Assembly::New => config.assembly().map(Arc::new),
        },
        tracker,
        properties: binding.with_properties(|properties| properties.flowing(flows)),
    }
}

/// What a new transaction is called: its description, else the tracker's context name (SWC 4.4).
fn description(config: &ServiceConfig) -> Option<Arc<str>> {
    let rare = config.rare.as_deref()?;
    let tracked = config.settings().tracker == TrackerConfig::Use;
    rare.description.clone().or_else(|| rare.tracker_context.as_deref().filter(|_| tracked).map(Arc::from))
}

/// Tells of the current context, which was just entered from context `caller`, while the binding is lent.
fn tell_entered(binding: &Binding, caller: u64) {
    let (Some(machine), Some(top)) = (binding.machine.as_deref(), binding.stack.top()) else { return };
    let place = Place::here(binding);
    let activity = activity_of(top, binding);
    if activity == Activity::New {
        machine.tell(&machine.event(|| place, || What::ActivityCreated));
    }
    if let Some(begun) = binding.transaction().filter(|_| top.role == Role::Root) {
        let started = What::TransactionStarted {
            stream: machine.stream_id(begun.stream.number),
            isolation: begun.stream.isolation,
            timeout: begun.stream.timeout,
            description: begun.shared.as_ref().and_then(|shared| shared.handle.description().map(Arc::from)),
        };
        machine.tell(&machine.event(|| place, || started));
    }
    let entered = What::DomainEntered {
        caller: machine.context_id(caller),
        transaction: transaction_of(top.role),
        activity,
        partition: (top.partition != 0).then(|| machine.partitions.id(top.partition)),
        tracker: top.details().and_then(|details| details.tracker.clone()),
    };
    machine.tell(&machine.event(|| place, || entered));
}

/// Where the transaction of a context comes from.
fn transaction_of(role: Role) -> transaction::Transaction {
    match role {
        Role::None => transaction::Transaction::None,
        Role::Root => transaction::Transaction::New,
        Role::Interior => transaction::Transaction::Callers,
        Role::Brought => transaction::Transaction::Brought,
    }
}

/// Where the activity of the top frame comes from.
fn activity_of(top: &Frame, binding: &Binding) -> Activity {
    let here = Position::new(binding.stack.depth().wrapping_sub(1));
    let made_here = top.rare.as_deref().is_none_or(|rare| rare.activity.is_none());
    match top.activity {
        Position::NONE => Activity::None,
        position if position == here && made_here => Activity::New,
        _ => Activity::Callers,
    }
}

/// Takes the frame of context `number` and all above it off the thread.
pub(crate) fn suspend(number: u64) -> Result<Segment> {
    if let Some(machine) = thread::machine().filter(|machine| machine.is_observed()) {
        machine.emit_here(What::DomainSuspended);
    }
    thread::bound(|binding| {
        let Some(position) = binding.stack.position(number) else { return Segment::default() };
        let frames = binding.stack.suspend(position);
        // A frame that travels borrows nothing, so the segment's transactions are the newest ones.
        let owned = frames.iter().filter(|frame| frame.owns_transaction()).count();
        let first = binding.transactions.len().saturating_sub(owned);
        let transactions = binding.transactions.split_off(first);
        Segment { frames, transactions }.moved(-signed(position), -signed(first))
    })
}

/// Whether so many frames can be put on top of this thread's stack.
///
/// # Errors
/// E_OUTOFMEMORY at the limit.
pub(crate) fn has_room_for(segment: &Segment) -> Result<()> {
    let machine = thread::machine().ok_or(RuntimeError::ThreadEnding)?;
    let depth = thread::bound(|binding| binding.stack.depth())?;
    if depth + segment.frames.len() > machine.limits.depth {
        return Err(DomainError::TooManyContexts.into());
    }
    Ok(())
}

/// Puts suspended frames on top of this thread's stack.
pub(crate) fn resume(segment: Segment) -> Result<()> {
    thread::bound(|binding| {
        let segment = segment.moved(signed(binding.stack.depth()), signed(binding.transactions.len()));
        // What it is inside of it is inside of on this thread now.
        let locks = segment.frames.iter().filter_map(|frame| frame.rare.as_deref()?.lock.as_ref());
        locks.for_each(|lock| lock.travel_to(binding.causality));
        binding.stack.resume(segment.frames);
        binding.transactions.extend(segment.transactions);
    })?;
    if let Some(machine) = thread::machine().filter(|machine| machine.is_observed()) {
        machine.emit_here(What::DomainResumed);
    }
    Ok(())
}

fn signed(position: usize) -> isize {
    isize::try_from(position).unwrap_or(isize::MAX)
}
