//! What the tables say of a tree: contexts, flags, transactions, instances.

use crate::{
    plan::{Class, Method, Step, Tree, Word},
    town::Entry,
};
use complus::{
    HResult,
    context::StreamState::{self, Aborted, Active, Committed, Doomed},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_ABORTING, CONTEXT_E_OLDREF, E_FAIL, S_OK},
};

/// A context: that of one object, and of those that share it.
struct Context {
    just_in_time: bool,
    stream: Option<usize>,
    is_root: bool,
    consistent: bool,
    done: bool,
    wrote: bool,
}

struct Object {
    class: Class,
    context: usize,
    /// Its number, and whether it is active.
    instance: Option<(u32, bool)>,
    /// It was at work in a transaction that others ended, and was not told yet.
    lost: bool,
    shelf: Vec<usize>,
}

#[derive(Default)]
struct Stream {
    current: Option<usize>,
    members: Vec<usize>,
}

/// Everything.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) entries: Vec<Entry>,
    pub(crate) story: Vec<String>,
    contexts: Vec<Context>,
    objects: Vec<Object>,
    streams: Vec<Stream>,
    transactions: Vec<StreamState>,
    instances: u32,
}

impl Model {
    pub(crate) fn run(&mut self, tree: &Tree) {
        let object = self.create(tree, None);
        self.release(object);
    }

    pub(crate) fn outcomes(&self) -> Vec<StreamState> {
        self.transactions.clone()
    }

    fn tell(&mut self, what: &str, instance: u32) {
        self.story.push(format!("{what} {instance}"));
    }

    /// TXN 3.1.
    fn create(&mut self, tree: &Tree, creator: Option<usize>) -> usize {
        let creators = creator.and_then(|context| self.contexts[context].stream);
        let new = self.streams.len();
        let (stream, is_root) = match (tree.class, creators) {
            (Class::RequiresNew, _) | (Class::Required, None) => (Some(new), true),
            (Class::Required | Class::Supported, creators) => (creators, false),
            (Class::NotSupported | Class::Disabled, _) => (None, false),
        };
        if is_root {
            self.streams.push(Stream::default());
        }
        let context = match (tree.class, creator) {
            (Class::Disabled, Some(creator)) => creator,
            _ => {
                let just_in_time = tree.class != Class::NotSupported;
                let flags = Context { just_in_time, stream, is_root, consistent: true, done: false, wrote: false };
                self.contexts.push(flags);
                self.contexts.len() - 1
            }
        };
        let object = self.objects.len();
        self.objects.push(Object { class: tree.class, context, instance: None, lost: false, shelf: Vec::new() });
        self.make(object);
        if tree.class == Class::NotSupported {
            self.activate(object);
        }
        for method in &tree.methods {
            self.call(object, method);
        }
        object
    }

    fn make(&mut self, object: usize) {
        self.instances += 1;
        self.objects[object].instance = Some((self.instances, false));
        self.tell("create", self.instances);
    }

    fn activate(&mut self, object: usize) {
        if self.objects[object].instance.is_none() {
            self.make(object);
        }
        if let Some((number, active @ false)) = &mut self.objects[object].instance {
            *active = true;
            let number = *number;
            self.tell("activate", number);
            self.reset(object);
        }
    }

    fn reset(&mut self, object: usize) {
        let context = &mut self.contexts[self.objects[object].context];
        (context.consistent, context.done) = (true, false);
    }

    fn is_active(&self, object: usize) -> bool {
        self.objects[object].instance.is_some_and(|(_, active)| active)
    }

    fn deactivate(&mut self, object: usize) {
        if let Some((number, active)) = self.objects[object].instance.take() {
            if active {
                self.tell("deactivate", number);
                self.reset(object);
            }
            self.tell("destroy", number);
        }
    }

    fn stream(&self, object: usize) -> Option<usize> {
        self.contexts[self.objects[object].context].stream
    }

    fn transaction(&self, stream: usize) -> Option<StreamState> {
        self.streams[stream].current.map(|current| self.transactions[current])
    }

    fn end(&mut self, stream: usize, state: StreamState) {
        if let Some(current) = self.streams[stream].current.take() {
            self.transactions[current] = state;
        }
        self.streams[stream].members.clear();
    }

    fn doom(&mut self, stream: usize) {
        if let Some(current) = self.streams[stream].current
            && self.transactions[current] == Active
        {
            self.transactions[current] = Doomed;
        }
    }

    /// TXN 6, 7.2: what a call into a context with a transaction starts with.
    fn enter(&mut self, object: usize, stream: usize) -> Result<(), HResult> {
        let is_root = self.contexts[self.objects[object].context].is_root;
        match self.transaction(stream) {
            None if self.objects[object].lost => {
                self.objects[object].lost = false;
                return Err(CONTEXT_E_ABORTING);
            }
            None if !is_root => return Err(CONTEXT_E_OLDREF),
            None => {
                self.streams[stream].current = Some(self.transactions.len());
                self.transactions.push(Active);
            }
            Some(Active) => {}
            Some(_) if is_root => {
                let members = self.streams[stream].members.clone();
                members.into_iter().for_each(|member| self.deactivate(member));
                self.end(stream, Aborted);
                return Err(CONTEXT_E_ABORTING);
            }
            Some(_) => {
                self.deactivate(object);
                return Err(CONTEXT_E_ABORTING);
            }
        }
        if !self.streams[stream].members.contains(&object) {
            self.streams[stream].members.push(object);
        }
        Ok(())
    }

    fn call(&mut self, object: usize, method: &Method) {
        let code = self.served(object, method).unwrap_or_else(|refused| refused);
        self.entries.push(Entry::Returned { object, code });
    }

    /// ACT 7.3.
    fn served(&mut self, object: usize, method: &Method) -> Result<HResult, HResult> {
        let context = self.objects[object].context;
        let controlled = self.objects[object].class != Class::Disabled && self.contexts[context].just_in_time;
        let stream = self.stream(object).filter(|_| controlled);
        if controlled {
            if let Some(stream) = stream {
                self.enter(object, stream)?;
            }
            self.activate(object);
            let flags = &mut self.contexts[context];
            (flags.done, flags.wrote) = (method.auto_done, false);
        }
        let instance = self.objects[object].instance.map_or(0, |(number, _)| number);
        self.tell("method", instance);
        let flags = &self.contexts[context];
        self.entries.push(Entry::Begins {
            object,
            transaction: flags.stream.and_then(|stream| self.streams[stream].current),
            consistent: flags.stream.map(|_| flags.consistent),
            done: flags.just_in_time.then_some(flags.done),
        });
        method.steps.iter().for_each(|step| self.step(object, step));
        let code = if method.fails { E_FAIL } else { S_OK };
        if !controlled {
            return Ok(code);
        }
        let flags = &mut self.contexts[context];
        if method.auto_done {
            flags.consistent = !method.fails && (flags.consistent || !flags.wrote);
        }
        let (is_root, consistent, done) = (flags.is_root, flags.consistent, flags.done);
        match stream {
            Some(stream) if is_root && done => {
                let state = self.complete(object, stream);
                let taken_back = !method.fails && consistent && state == Aborted;
                Ok(if taken_back { CONTEXT_E_ABORTED } else { code })
            }
            Some(stream) if is_root => {
                self.settle(object, stream);
                Ok(code)
            }
            stream => {
                if done {
                    self.vote(object, stream);
                }
                Ok(code)
            }
        }
    }

    /// The transaction was ended from outside, and nobody runs in it any more (T-13, T-16).
    fn settle(&mut self, root: usize, stream: usize) {
        if self.transaction(stream) == Some(Aborted) {
            let members = self.streams[stream].members.clone();
            members.into_iter().for_each(|member| self.deactivate(member));
            self.end(stream, Aborted);
            self.objects[root].lost = true;
        }
    }

    /// TXN 8.3.
    fn vote(&mut self, object: usize, stream: Option<usize>) {
        let consistent = self.contexts[self.objects[object].context].consistent;
        if let Some(stream) = stream.filter(|_| self.is_active(object) && !consistent) {
            self.doom(stream);
        }
        self.deactivate(object);
    }

    /// TXN 8.2.
    fn complete(&mut self, root: usize, stream: usize) -> StreamState {
        let consistent = self.contexts[self.objects[root].context].consistent;
        self.deactivate(root);
        for member in self.streams[stream].members.clone() {
            self.vote(member, Some(stream));
        }
        let commits = consistent && self.transaction(stream) == Some(Active);
        let state = if commits { Committed } else { Aborted };
        self.end(stream, state);
        state
    }

    fn step(&mut self, object: usize, step: &Step) {
        let context = self.objects[object].context;
        match step {
            Step::Say(word) => self.say(context, *word),
            Step::Abort => {
                if let Some(current) = self.contexts[context].stream.and_then(|stream| self.streams[stream].current) {
                    self.transactions[current] = Aborted;
                }
            }
            Step::Create(tree, keep) => {
                let child = self.create(tree, Some(context));
                if *keep {
                    self.objects[object].shelf.push(child);
                } else {
                    self.release(child);
                }
            }
            Step::Call(which, method) => {
                if let Some(child) = self.objects[object].shelf.get(*which) {
                    self.call(*child, method);
                }
            }
            Step::Release(which) => {
                if *which < self.objects[object].shelf.len() {
                    let child = self.objects[object].shelf.remove(*which);
                    self.release(child);
                }
            }
        }
    }

    /// TXN 5.1, 5.3: IContextState's calls fail where there is no flag.
    fn say(&mut self, context: usize, (_, consistent, done): Word) {
        let flags = &mut self.contexts[context];
        let both = consistent.is_some() && done.is_some();
        let legal = both || (flags.just_in_time && (done.is_some() || flags.stream.is_some()));
        if legal {
            flags.consistent = consistent.unwrap_or(flags.consistent);
            flags.done = done.unwrap_or(flags.done);
            flags.wrote = true;
        }
    }

    /// TXN 8.1, 8.3.
    fn release(&mut self, object: usize) {
        let is_root = self.contexts[self.objects[object].context].is_root;
        let own = self.objects[object].class != Class::Disabled;
        match self.stream(object).filter(|_| own) {
            Some(stream) if is_root && self.streams[stream].current.is_some() => {
                self.complete(object, stream);
            }
            stream => self.vote(object, stream),
        }
        let shelf = std::mem::take(&mut self.objects[object].shelf);
        shelf.into_iter().for_each(|kept| self.release(kept));
    }
}
