//! What the explorer prints of a failure suffices to see it again.

use complus_sync::{Arc, Condvar, Mutex, explore::explore, thread};
use std::{
    env,
    process::{Command, Stdio},
};

/// A wait that looks and then waits, with the lock given up in between: the textbook's lost wake-up.
fn lost_wake_up() {
    let place = Arc::new((Mutex::new(false), Condvar::new()));
    let setter = place.clone();
    let setting = thread::spawn(move || {
        *setter.0.lock() = true;
        setter.1.notify_one();
    });
    let is_set = *place.0.lock();
    if !is_set {
        place.1.wait(&mut place.0.lock());
    }
    setting.join().unwrap();
}

/// Runs this test in a process of its own, which explores; what it says on its way to failure.
fn failure(schedule: Option<&str>) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "replay::a_failure_is_printed_as_a_token_that_replays_it", "--nocapture"]);
    child.env("COMPLUS_EXPLORES", "1").env_remove("COMPLUS_SCHEDULE").stdout(Stdio::null());
    if let Some(schedule) = schedule {
        child.env("COMPLUS_SCHEDULE", schedule);
    }
    let output = child.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn token(failure: &str) -> &str {
    let (_, rest) = failure.split_once("failing schedule:\n\"\n").expect(failure);
    rest.split_once('\n').unwrap().0
}

#[test]
fn a_failure_is_printed_as_a_token_that_replays_it() {
    if env::var_os("COMPLUS_EXPLORES").is_some() {
        return explore(10_000, lost_wake_up);
    }
    let found = failure(None);
    assert!(found.contains("deadlock"), "{found}");
    let token = token(&found);
    let again = failure(Some(token));
    assert!(again.contains("deadlock"), "{again}");
    assert_eq!(self::token(&again), token);
}
