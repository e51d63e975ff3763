//! Writers that are killed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::common::{again_in_child, open, publish, published, store_of_parent};

#[test]
fn writers_killed_at_any_moment_lose_nothing_that_was_published() {
    if let Some(storage) = store_of_parent() {
        let last = published(storage).unwrap().unwrap();
        let storage = store_of_parent().unwrap();
        for number in last + 1.. {
            publish(&storage, number);
            println!("\npublished {number}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut last = 1;
    publish(&open(folder.path()), last);
    for round in 0..20_u64 {
        let mut child = again_in_child(
            "crash::writers_killed_at_any_moment_lose_nothing_that_was_published",
            folder.path(),
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut numbers =
            lines.filter_map(|line| line.unwrap().strip_prefix("published ")?.parse::<u32>().ok());
        let mut acknowledged = numbers.next().expect("the writer ended early");
        thread::sleep(Duration::from_micros(round * 1700));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = numbers.last().unwrap_or(acknowledged);
        last = published(open(folder.path())).unwrap().unwrap();
        assert!(
            (acknowledged..=acknowledged + 1).contains(&last),
            "version {acknowledged} was acknowledged and version {last} is there"
        );
    }
    assert!(last > 20, "{last}");
}
