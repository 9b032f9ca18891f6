//! Entering, step by step (SWC 7.1).

use super::{
    ballot::Ballot,
    facts::{CallerFacts, ConfiguredNames},
};
use crate::{
    domain::ServiceConfig,
    machine::Machine,
    observation::Place,
    thread::{
        self, Binding,
        frame::{Details, Frame, Position, Shared},
    },
};
use complus_core::{
    context::{PropertyKind, Tracker, TransactionStream},
    error::{DomainError, Result, RuntimeError},
    event::{Diagnostic, What},
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
use complus_transaction::Transaction;

/// How the new frame relates to the thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It stays on this thread and may borrow from the frames beneath.
    Thread,
    /// It will be taken off and may travel: it shares what it would borrow.
    Anywhere,
}

#[cold]
#[inline(never)]
pub(super) fn enter_cold(config: &ServiceConfig) -> Result<u64> {
    enter(config, Reach::Thread)
}

/// Enters a domain whose frame can be suspended; answers the number of its context.
pub(crate) fn enter_poll(config: &ServiceConfig) -> Result<u64> {
    enter(config, Reach::Anywhere)
}

fn enter(config: &ServiceConfig, reach: Reach) -> Result<u64> {
    let machine = thread::bound(|binding| binding.machine.clone())?.ok_or(RuntimeError::ThreadEnding)?;
    let entered = decide(&machine, config).and_then(|decided| decided.carry_out(&machine, config, reach));
    if let Err(error) = &entered {
        machine.emit_here(What::DomainRefused { error: error.hresult() });
    }
    entered
}

/// The decision on an entry, before anything is changed.
struct Decided {
    resolution: Resolution,
    brought: Option<Transaction>,
    /// A voter that was registered with the brought transaction.
    ballot: Option<Arc<Ballot>>,
}

fn decide(machine: &Arc<Machine>, config: &ServiceConfig) -> Result<Decided> {
    machine.admit()?;
    let facts = thread::bound(|binding| CallerFacts::of(binding, || machine.clock.now()))?;
    let principal = facts.principal.as_ref().unwrap_or(&machine.principal);
    let names = ConfiguredNames::new(config, machine, principal);
    let resolution = service_domain::resolve(config.settings(), &facts.caller(), &names, &machine.compat, &mut ())?;
    let depth = thread::bound(|binding| binding.stack.depth())?;
    if depth >= machine.limits.depth {
        return Err(DomainError::TooManyContexts.into());
    }
    if resolution.flow.transaction == transaction::Transaction::New && !machine.manager.is_available() {
        return Err(DomainError::ManagerUnavailable.into());
    }
    let (mut brought, mut ballot) = (None, None);
    if resolution.flow.transaction == transaction::Transaction::Brought {
        let transaction = names.transaction().ok_or(DomainError::TransactionOver)?;
        let voter = Arc::new(Ballot::new());
        transaction.register_voter(voter.clone()).map_err(|_| DomainError::TransactionOver)?;
        (brought, ballot) = (Some(transaction), Some(voter));
    }
    Ok(Decided { resolution, brought, ballot })
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
        let (number, news) = thread::bound(|binding| {
            let caller = binding.stack.top().map_or(0, |top| top.number);
            let number = self.push(binding, machine, config, reach);
            (number, observed.then(|| (caller, Place::here(binding), News::of(binding))))
        })?;
        if let Some((caller, place, news)) = news {
            tell(machine, config, &resolution, caller, place, news);
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
                frame.shared_mut().activity = binding.frame(caller.1).map(Frame::activity_number);
                here
            }
        };

        // Transaction.
        match flow.transaction {
            transaction::Transaction::None => {}
            transaction::Transaction::Callers => {
                frame.role = Role::Interior;
                frame.transaction = caller.0;
                if reach == Reach::Anywhere {
                    frame.shared_mut().transaction = binding.share_transaction(caller.0);
                    frame.transaction = here;
                }
            }
            transaction::Transaction::New => {
                (frame.role, frame.transaction) = (Role::Root, here);
                let timeout = config.timeout.unwrap_or(machine.manager.default_timeout());
                let isolation = root_isolation(config.settings().isolation);
                frame.stream = TransactionStream::begin(number, isolation, timeout, machine.clock.now());
                if let Some(description) = description(config) {
                    frame.shared_mut().description = Some(description);
                }
            }
            transaction::Transaction::Brought => {
                (frame.role, frame.transaction) = (Role::Brought, here);
                let shared = frame.shared_mut();
                (shared.transaction, shared.ballot) = (self.brought, self.ballot);
            }
        }

        // The rest.
        let caller_partition = binding.stack.top().map_or(0, |top| top.partition);
        frame.partition = match self.resolution.partition {
            Partition::Global => 0,
            Partition::Callers => caller_partition,
            Partition::Configured => {
                config.rare.as_deref().and_then(|rare| machine.partitions.index(rare.partition.0)).unwrap_or(0)
            }
        };
        let details = details(&self.resolution, binding, machine, config, number);
        if details != Details::default() {
            frame.shared_mut().details = details;
        }
        binding.stack.push(frame);
        // On a virtual clock, or where the frame may travel, a transaction is shared from the start.
        if flow.transaction == transaction::Transaction::New
            && (reach == Reach::Anywhere || machine.clock.as_virtual().is_some())
        {
            binding.share_transaction(here);
        }
        number
    }
}

/// The rare properties of the new context.
fn details(
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
        properties: callers.map(|details| details.properties.flowing(flows)).unwrap_or_default(),
    }
}

/// What a new transaction is called: its description, else the tracker's context name (SWC 4.4).
fn description(config: &ServiceConfig) -> Option<Arc<str>> {
    let rare = config.rare.as_deref()?;
    rare.description.clone().or_else(|| rare.tracker_context.as_deref().map(Arc::from))
}

/// What observers are told of a context just entered.
struct News {
    stream: Option<TransactionStream>,
    description: Option<Arc<str>>,
    tracker: Option<Arc<Tracker>>,
    partition: u32,
}

impl News {
    fn of(binding: &Binding) -> Self {
        let top = binding.stack.top();
        let shared: Option<&Shared> = top.and_then(|top| top.shared.as_deref());
        Self {
            stream: top.filter(|top| top.role == Role::Root).map(|top| top.stream),
            description: shared.and_then(|shared| shared.description.clone()),
            tracker: shared.and_then(|shared| shared.details.tracker.clone()),
            partition: top.map_or(0, |top| top.partition),
        }
    }
}

fn tell(machine: &Machine, config: &ServiceConfig, resolution: &Resolution, caller: u64, place: Place, news: News) {
    let flow = resolution.flow;
    if flow.activity == Activity::New {
        machine.emit(place, What::ActivityCreated);
    }
    if let Some(stream) = news.stream {
        machine.emit(
            place,
            What::TransactionStarted {
                stream: machine.stream_id(stream.number),
                isolation: stream.isolation,
                timeout: stream.timeout,
                description: news.description,
            },
        );
    }
    machine.emit(
        place,
        What::DomainEntered {
            caller: machine.context_id(caller),
            transaction: flow.transaction,
            activity: flow.activity,
            partition: (news.partition != 0).then(|| machine.partitions.id(news.partition)),
            tracker: news.tracker,
        },
    );
    if flow.adjustment == Adjustment::Limited {
        machine.emit(place, What::Diagnostic(Diagnostic::SynchronizationLimited));
    }
    if service_domain::spans_activities(config.settings(), &flow) {
        machine.emit(place, What::Diagnostic(Diagnostic::BroughtTransactionInNewActivity));
    }
}

/// Takes the frame of context `number` and all above it off the thread.
pub(crate) fn suspend(number: u64) -> Result<Vec<Frame>> {
    let observed = thread::machine().filter(|machine| machine.is_observed());
    if let Some(machine) = &observed {
        machine.emit_here(What::DomainSuspended);
    }
    thread::bound(|binding| {
        let Some(position) = binding.stack.position(number) else { return Vec::new() };
        let offset = -(isize::try_from(position).unwrap_or(isize::MAX));
        binding.stack.suspend(position).into_iter().map(|frame| frame.moved(offset)).collect()
    })
}

/// Puts suspended frames on top of this thread's stack.
pub(crate) fn resume(frames: Vec<Frame>) -> Result<()> {
    thread::bound(|binding| {
        let offset = isize::try_from(binding.stack.depth()).unwrap_or(isize::MAX);
        binding.stack.resume(frames.into_iter().map(|frame| frame.moved(offset)).collect());
    })?;
    if let Some(machine) = thread::machine().filter(|machine| machine.is_observed()) {
        machine.emit_here(What::DomainResumed);
    }
    Ok(())
}
