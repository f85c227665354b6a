//! Threads whose work can wait a little: they run at a lower priority, so that callers are answered first.

use std::io;
use std::thread::{self, JoinHandle};

/// By how much their niceness is raised: they get a third of an ordinary thread's share of a processor that both want, so
/// what waits for them is slowed down under full load and never starved.
#[cfg(target_os = "linux")]
const NICER_BY: i32 = 5;

/// Starts a thread at a lower priority; threads that it starts inherit that. Where priorities belong to whole processes it
/// is an ordinary thread.
///
/// # Errors
/// As the system answers when it starts no more threads.
pub fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        lower();
        work()
    })
}

fn lower() {
    // On Linux this concerns the calling thread only. If it is not allowed, the work is done all the same.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICER_BY);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_thread_and_those_it_starts_are_nicer() {
        let own = rustix::process::nice(0).unwrap();
        let seen = spawn("quiet", || {
            let child = thread::spawn(|| rustix::process::nice(0).unwrap()).join().unwrap();
            (rustix::process::nice(0).unwrap(), child)
        });
        let nicer = (own + NICER_BY).min(19);
        assert_eq!(seen.unwrap().join().unwrap(), (nicer, nicer));
        assert_eq!(rustix::process::nice(0).unwrap(), own);
    }
}
