//! Measures the boundary rule and compares it with others; prints the tables of
//! `docs/decisions/0001-boundary-rule.md`.
//!
//! ```text
//! cargo run -p prolly-tree --profile native --example boundary_figures [rules|tree|depth|hostile]…
//! ```
//!
//! Every edit is applied to the same tree of a fixed seed, so all figures but the times repeat exactly.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a program that prints figures"
)]

mod keys;
mod real;
mod rules;
mod sample;

use std::env;
use std::time::Instant;

use prolly_tree::{Edit, Tree};

use self::keys::{Hostile, Random};
use self::real::Written;
use self::rules::{Level, Rule};
use self::sample::Sample;

/// Entries of the measured trees.
const SIZE: usize = 1_000_000;
/// Bytes of every value; keys have 24 unless a table says otherwise.
const VALUE: usize = 100;

fn main() {
    let chosen: Vec<String> = env::args().skip(1).collect();
    let tables: [(&str, fn()); 4] = [
        ("rules", compare_rules),
        ("tree", measure_tree),
        ("depth", measure_depth),
        ("hostile", measure_hostile),
    ];
    for (name, print) in tables {
        if chosen.is_empty() || chosen.iter().any(|table| table == name) {
            print();
            println!();
        }
    }
}

/// The leaf level alone, simulated.
fn compare_rules() {
    const EDITS: usize = 100_000;
    let window = |window, min, max| Rule::Window { window, min, max };
    let rules = [
        ("**window 16, min 16, max 64 (ours)**", window(16, 16, 64)),
        ("window 16, no cut", window(16, 1, usize::MAX)),
        ("window 16, min 14, max 48", window(16, 14, 48)),
        ("window 16, min 8, max 64", window(16, 8, 64)),
        ("window 16, min 32, max 64", window(16, 32, 64)),
        ("window 8, min 8, max 32", window(8, 8, 32)),
        ("window 12, min 12, max 48", window(12, 12, 48)),
        ("window 24, min 24, max 96", window(24, 24, 96)),
        ("window 32, min 32, max 128", window(32, 32, 128)),
        ("probability 1/32 a key", Rule::geometric(32.0)),
        ("Weibull K = 2, scale 36", Rule::weibull(2.0, 36.0)),
        ("Weibull K = 4 (Dolt), scale 35", Rule::weibull(4.0, 35.0)),
        ("Weibull K = 8, scale 34", Rule::weibull(8.0, 34.0)),
    ];
    let hashes: Vec<u64> = keys::random(1, SIZE).iter().map(|key| keys::leaf_hash(key)).collect();
    println!(
        "| rule | mean | sd / mean | p1 | p99 | max | leaves an insert | a delete | worst | entries rewritten / mean |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, rule) in rules {
        let level = Level::new(rule, hashes.clone());
        let sizes = level.sizes();
        let mut random = Random::new(2);
        let mut entries = 0;
        let [inserts, deletes] = [true, false].map(|insert| -> Sample {
            let edits = (0..EDITS).map(|_| {
                let rewritten = level.edit(&mut random, insert);
                entries += rewritten.entries;
                rewritten.nodes
            });
            edits.collect()
        });
        println!(
            "| {name} | {:.1} | {:.3} | {} | {} | {} | {:.3} | {:.3} | {} | {:.3} |",
            sizes.mean(),
            sizes.spread(),
            sizes.at(0.01),
            sizes.at(0.99),
            sizes.max(),
            inserts.mean(),
            deletes.mean(),
            inserts.max().max(deletes.max()),
            entries as f64 / (2 * EDITS) as f64 / sizes.mean()
        );
    }
}

/// The real tree under usual keys.
fn measure_tree() {
    println!(
        "| keys | mean | sd / mean | p1 | p99 | max | edit | leaves written | p99.9 | worst | nodes written | worst | bytes |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut random = Random::new(3);
    let random_keys = keys::random(1, SIZE);
    let tree = real::build(&random_keys, VALUE);
    row("random", &tree, "500,000 inserts", puts(&tree, 500_000, || random.key()));
    let keys = shuffled(&random_keys, 500_000);
    row("", &tree, "500,000 deletes", real::edit(&tree, keys.map(|key| Edit::delete(key.clone()))));
    let keys = shuffled(&random_keys, 20_000);
    let updates = keys.map(|key| Edit::put(key.clone(), vec![8; VALUE]));
    row("", &tree, "20,000 updates", real::edit(&tree, updates));
    drop(tree);

    let sequential = keys::sequential(SIZE);
    let tree = real::build(&sequential, VALUE);
    let mut next = SIZE;
    let appends = puts(&tree, 1, || {
        next += 1;
        format!("user:{next:011}").into_bytes()
    });
    row("sequential", &tree, "1 append", appends);
    row("", &tree, "100 appends, one after another", append_one_by_one(&tree));
    let between = || keys::after(&sequential[random.below(SIZE)], &mut random);
    row("", &tree, "50,000 inserts between", puts(&tree, 50_000, between));
    let keys = shuffled(&sequential, 50_000);
    row("", &tree, "50,000 deletes", real::edit(&tree, keys.map(|key| Edit::delete(key.clone()))));
    drop(tree);

    let prefixed = keys::prefixed(SIZE);
    let tree = real::build(&prefixed, VALUE);
    row("prefixed", &tree, "50,000 inserts", puts(&tree, 50_000, || keys::prefixed_key(&mut random)));
    let keys = shuffled(&prefixed, 50_000);
    row("", &tree, "50,000 deletes", real::edit(&tree, keys.map(|key| Edit::delete(key.clone()))));
}

fn puts(tree: &Tree, count: usize, mut key: impl FnMut() -> Vec<u8>) -> Written {
    real::edit(tree, (0..count).map(|_| Edit::put(key(), vec![8; VALUE])))
}

/// Unlike the others, each append is made to the tree that the one before gave.
fn append_one_by_one(tree: &Tree) -> Written {
    let mut written = Written::default();
    let mut tree = tree.clone();
    for number in SIZE..SIZE + 100 {
        let edit = Edit::put(format!("user:{number:011}").into_bytes(), vec![8; VALUE]);
        let one = real::edit(&tree, [edit.clone()].into_iter());
        written.leaves.push(one.leaves.max());
        written.nodes.push(one.nodes.max());
        written.bytes.push(one.bytes.max());
        tree = tree.apply([edit]).unwrap();
    }
    written
}

fn shuffled(keys: &[Vec<u8>], count: usize) -> impl Iterator<Item = &Vec<u8>> {
    let mut random = Random::new(4);
    (0..count).map(move |_| &keys[random.below(keys.len())])
}

fn row(keys: &str, tree: &Tree, edit: &str, written: Written) {
    let sizes = real::node_sizes(tree, 0);
    let figures = format!(
        "{:.1} | {:.3} | {} | {} | {}",
        sizes.mean(),
        sizes.spread(),
        sizes.at(0.01),
        sizes.at(0.99),
        sizes.max()
    );
    println!(
        "| {keys} | {} | {edit} | {:.3} | {} | {} | {:.3} | {} | {:.0} |",
        if keys.is_empty() { " | | | | " } else { &figures },
        written.leaves.mean(),
        written.leaves.at(0.999),
        written.leaves.max(),
        written.nodes.mean(),
        written.nodes.max(),
        written.bytes.mean()
    );
}

/// Levels of the real tree, for twenty seeds.
fn measure_depth() {
    println!("| random keys | seeds | levels, least and most | nodes of each level for the last seed |");
    println!("| --- | --- | --- | --- |");
    for size in [64, 65, 1000, 10_000, 100_000, SIZE] {
        let mut depths = Sample::default();
        let mut nodes = Vec::new();
        for seed in 0..20 {
            let tree = real::build(&keys::random(seed, size), 0);
            let depth = tree.depth().unwrap();
            depths.push(depth.into());
            nodes = (0..depth).map(|level| real::node_sizes(&tree, level).len()).collect();
        }
        println!("| {size} | 20 | {}, {} | {nodes:?} |", depths.at(0.0), depths.max());
    }
}

/// A run of keys chosen against the rule, among random ones; edits hit the run only.
fn measure_hostile() {
    const RUN: usize = 10_000;
    const AROUND: usize = 100_000;
    const EDITS: usize = 500;
    println!(
        "| run of 10,000 keys among 100,000 | levels | leaf entries mean | p1 | max | edit | leaves written | p99 | worst \
         | bytes | us |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let random_keys = keys::random(5, AROUND);
    let usual: Vec<_> = random_keys[40_000..40_000 + RUN].to_vec();
    let hostile = Hostile::ALL.map(|hostile| (hostile.name(), hostile.keys(RUN)));
    for (name, run) in [("random (for comparison)", usual)].into_iter().chain(hostile) {
        let mut all = random_keys.clone();
        all.extend(run.iter().cloned());
        all.sort();
        all.dedup();
        let tree = real::build(&all, VALUE);
        let sizes = real::node_sizes(&tree, 0);
        let mut random = Random::new(6);
        let inserts = |random: &mut Random| {
            let keys: Vec<_> = (0..EDITS).map(|_| keys::after(&run[random.below(RUN)], random)).collect();
            keys.into_iter().map(|key| Edit::put(key, vec![8; VALUE])).collect::<Vec<_>>()
        };
        let deletes = shuffled(&run, EDITS).map(|key| Edit::delete(key.clone())).collect();
        let updates = shuffled(&run, EDITS).map(|key| Edit::put(key.clone(), vec![8; VALUE])).collect();
        for (kind, edits) in [("insert", inserts(&mut random)), ("delete", deletes), ("update", updates)] {
            let edits: Vec<Edit> = edits;
            let begin = Instant::now();
            let written = real::edit(&tree, edits.into_iter());
            let micros = begin.elapsed().as_micros() as f64 / EDITS as f64;
            let figures = format!(
                "{} | {:.1} | {} | {}",
                tree.depth().unwrap(),
                sizes.mean(),
                sizes.at(0.01),
                sizes.max()
            );
            println!(
                "| {} | {} | {kind} | {:.2} | {} | {} | {:.0} | {micros:.0} |",
                if kind == "insert" { name } else { "" },
                if kind == "insert" { &figures } else { " | | | " },
                written.leaves.mean(),
                written.leaves.at(0.99),
                written.leaves.max(),
                written.bytes.mean()
            );
        }
    }
}
