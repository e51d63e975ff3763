//! The `git` program, heard while it runs, and ended when its listener asks for it.

use std::fs::File;
use std::io::{self, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::program::not_started;
use super::progress_lines::ProgressLines;
use super::terminal;
use crate::{Error, Listener, Result, StageProgress};

/// How long the listener is not asked whether to go on, at most.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// How long to wait for what an ended `git` had started.
const ENDING: Duration = Duration::from_secs(3);

/// Where `git` says how far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    /// Where it is told to, on its standard error. It may ask for a password at the terminal of this process.
    Asked,
    /// On a terminal alone. It asks for nothing, and is ended with all that it started.
    AtTerminal,
}

/// Runs a command and gives what it printed, without what it said of progress: that is told. `waiting` is the stage until it says
/// something.
///
/// Both outputs are read all the time, so that it never waits for either. When the listener asks for an end, `git` is asked
/// to end, which removes what it has not finished.
pub(super) fn output(
    action: &str,
    mut command: Command,
    hearing: Hearing,
    waiting: &'static str,
    listener: &mut Listener<'_>,
) -> Result<Output> {
    let told = StageProgress::of(waiting, 0);
    told.tell(listener)?;
    let mut terminal = None;
    command.env("GIT_PROGRESS_DELAY", "0").stdout(Stdio::piped()).stderr(Stdio::piped());
    if hearing == Hearing::AtTerminal {
        own_group(&mut command);
        if let Some((read, write)) = terminal::open() {
            terminal = Some(read);
            command.stderr(write);
        }
    }
    let mut child = command.spawn().map_err(|error| not_started(action, &error))?;
    // Its ends of the pipes are closed by it alone, then.
    drop(command);
    let listened = Running::of(&mut child, terminal);
    let mut running = listened.map_err(|error| {
        end(&child, hearing);
        not_started(action, &error)
    })?;
    if running.follow(told, listener).is_err() {
        end(&child, hearing);
        let _ = child.wait();
        running.wait_for_the_rest();
        return Err(Error::Cancelled);
    }
    let failed = |error: &io::Error| Error::Git { action: action.into(), message: error.to_string() };
    let status = child.wait().map_err(|error| failed(&error))?;
    let stdout = running.stdout.join().unwrap_or_default();
    Ok(Output { status, stdout, stderr: running.lines.complaint() })
}

struct Running {
    stdout: JoinHandle<Vec<u8>>,
    chunks: Receiver<Vec<u8>>,
    lines: ProgressLines,
}

impl Running {
    fn of(child: &mut Child, terminal: Option<File>) -> io::Result<Self> {
        let (sender, chunks) = mpsc::channel();
        let stdout = child.stdout.take();
        let alive = Sender::clone(&sender);
        let stdout = thread::Builder::new().spawn(move || {
            let mut all = Vec::new();
            // What cannot be read is missed by whoever reads it.
            let _ = stdout.map(|mut stdout| stdout.read_to_end(&mut all));
            drop(alive);
            all
        })?;
        let stderr: Box<dyn Read + Send> = match (terminal, child.stderr.take()) {
            (Some(terminal), _) => Box::new(terminal),
            (None, Some(stderr)) => Box::new(stderr),
            (None, None) => Box::new(io::empty()),
        };
        thread::Builder::new().spawn(move || pass_on(stderr, &sender))?;
        Ok(Self { stdout, chunks, lines: ProgressLines::default() })
    }

    /// Tells until both outputs are closed.
    fn follow(&mut self, mut last: StageProgress, listener: &mut Listener<'_>) -> Result<()> {
        loop {
            match self.chunks.recv_timeout(ASKED_EVERY) {
                Ok(chunk) => {
                    for told in self.lines.hear(&chunk) {
                        told.tell(listener)?;
                        last = told;
                    }
                }
                Err(RecvTimeoutError::Timeout) => last.tell(listener)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// What `git` started ends when nobody speaks to it any more.
    fn wait_for_the_rest(&self) {
        let until = Instant::now() + ENDING;
        while self.chunks.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

/// Reads to the end. That of a terminal is an error.
fn pass_on(mut stream: Box<dyn Read + Send>, sender: &Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) if sender.send(buffer[..length].to_vec()).is_err() => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

/// Asks `git` to end, which it does once it has removed what it began.
#[cfg(unix)]
fn end(child: &Child, hearing: Hearing) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    // It may have ended already.
    let _ = match hearing {
        Hearing::Asked => kill_process(pid, Signal::TERM),
        Hearing::AtTerminal => kill_process_group(pid, Signal::TERM),
    };
}

/// Elsewhere it cannot be asked: it ends by itself.
#[cfg(not(unix))]
fn end(_child: &Child, _hearing: Hearing) {}

#[cfg(all(test, unix))]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::unheard;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    #[test]
    fn whoever_fills_both_outputs_is_read_from_both() {
        let fill = "yes | head -c 1000000 >&2; yes | head -c 1000000; echo 'Counting: 50% (1/2)' >&2; exit 3";
        for hearing in [Hearing::Asked, Hearing::AtTerminal] {
            let output = output("fill", shell(fill), hearing, "waiting", &mut unheard).unwrap();
            assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 1_000_000));
            assert_eq!(output.stderr.len(), 1_000_000);
        }
    }

    #[test]
    fn whoever_asks_for_an_end_gets_it_while_nothing_is_said() {
        for hearing in [Hearing::Asked, Hearing::AtTerminal] {
            let (began, mut asked) = (Instant::now(), 0);
            let mut listener = |told: &StageProgress| {
                asked += 1;
                assert_eq!(told.stage, "waiting");
                if asked < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let ended = output("sleep", shell("exec sleep 60"), hearing, "waiting", &mut listener);
            assert!(matches!(ended, Err(Error::Cancelled)));
            assert!(began.elapsed() < Duration::from_secs(30));
        }
    }

    #[test]
    fn what_talks_at_a_terminal_alone_is_heard() {
        let script = "test -t 2 && echo 'Counting objects: 100% (2/2), done.' >&2; echo kept >&2";
        let mut told = Vec::new();
        let mut listener = |progress: &StageProgress| {
            told.push(progress.clone());
            ControlFlow::Continue(())
        };
        let output = output("talk", shell(script), Hearing::AtTerminal, "waiting", &mut listener).unwrap();
        assert_eq!(output.stderr, b"kept\n");
        let heard = told.contains(&StageProgress::part("counting objects", 2, 2));
        assert_eq!(heard, terminal::open().is_some());
    }
}
