//! Values written and read piece by piece.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a fault here is a failed test"
)]

mod common;

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use fastcdc::v2020::FastCDC;
use prolly_storage::testing::CountingStorage;
use prolly_storage::{
    BLOB_VALUE_MAX, CHUNK_MAX, CHUNK_MIN, Error as StorageError, Kind, Link, MemoryStorage, Node, NodeCache,
    NodeRef, NodeStorage, NodeStore, Parameters, VALUE_MAX, encode_blob, encode_chunk_list, encode_leaf,
};
use prolly_tree::{EntryValue, Error, MutableTree, Tree};
use proptest::prelude::*;

use self::common::{counting_store, parameters, store};

/// What a writer may hold, and a storage not have yet: what it gathers, and a batch with its last chunk.
const HELD_MAX: usize = (4 * CHUNK_MAX) + (4 << 20) + CHUNK_MAX;

/// Bytes that repeat nowhere.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The value as the format says, in one pass over all of it.
fn expected(parameters: &Parameters, bytes: &[u8]) -> (EntryValue, Vec<Node>) {
    if bytes.len() <= parameters.inline_value_max as usize {
        return (EntryValue::Inline(Bytes::copy_from_slice(bytes)), Vec::new());
    }
    let mut nodes = Vec::new();
    if bytes.len() <= BLOB_VALUE_MAX {
        nodes.push(encode_blob(bytes));
    } else {
        let cut = FastCDC::new(bytes, CHUNK_MIN, 64 * 1024, CHUNK_MAX);
        let cut: Vec<_> = cut.map(|chunk| &bytes[chunk.offset..chunk.offset + chunk.length]).collect();
        nodes.extend(cut.iter().map(|chunk| encode_blob(chunk)));
        let chunks: Vec<(NodeRef, u32)> =
            nodes.iter().zip(&cut).map(|(node, chunk)| (node.address().into(), chunk.len() as u32)).collect();
        nodes.push(encode_chunk_list(&chunks));
    }
    let target = nodes.last().unwrap().address().into();
    (EntryValue::Linked(Link { target, length: bytes.len() as u32 }), nodes)
}

fn written(tree: &Tree, pieces: &[&[u8]]) -> EntryValue {
    let mut writer = tree.value_writer();
    for piece in pieces {
        writer.push(piece).unwrap();
    }
    writer.finish().unwrap()
}

/// Lengths around every bound.
fn length() -> impl Strategy<Value = usize> {
    let bounds =
        vec![0, 8, 1024, CHUNK_MIN, BLOB_VALUE_MAX, CHUNK_MAX, 4 * CHUNK_MAX, 5 * CHUNK_MAX, 5 << 20];
    (prop::sample::select(bounds), -3_isize..=3).prop_map(|(bound, step)| bound.saturating_add_signed(step))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_value_written_in_pieces_is_the_value_written_whole(
        seed: u64,
        length in length(),
        constant in prop::bool::weighted(0.2),
        most in prop::sample::select(vec![1_000, 65_536, CHUNK_MAX - 1, CHUNK_MAX, CHUNK_MAX + 1, 2 << 20, 8 << 20]),
        inline_value_max in prop::sample::select(vec![0, 8, 1024, 65_536]),
    ) {
        let parameters = parameters([16, 16, 64], [24, 24, 96], inline_value_max);
        let bytes = if constant { vec![7; length] } else { noise(seed, length) };
        let (value, nodes) = expected(&parameters, &bytes);
        let tree = Tree::empty(store(), parameters).unwrap();
        prop_assert_eq!(&tree.value_of(bytes.clone().into()).unwrap(), &value);

        let streamed = Tree::empty(store(), parameters).unwrap();
        let mut sizes = noise(seed ^ 1, 1 << 16).into_iter().cycle();
        let (mut pieces, mut rest) = (Vec::new(), &bytes[..]);
        while !rest.is_empty() {
            let size = u16::from_le_bytes([sizes.next().unwrap(), sizes.next().unwrap()]);
            let (piece, after) = rest.split_at((most * usize::from(size) / 65_535 + 1).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        prop_assert_eq!(&written(&streamed, &pieces), &value);
        for node in nodes {
            let stored = streamed.store().load(&node.address().into()).unwrap();
            prop_assert_eq!(stored.bytes(), node.bytes());
        }
        prop_assert_eq!(streamed.read(&value).unwrap(), bytes);
    }

    #[test]
    fn every_range_of_a_value_is_what_it_is_of_its_bytes(
        seed: u64,
        length in length(),
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..400_000, any::<bool>()), 1..12),
        range in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let tree = Tree::empty(store(), Parameters::default()).unwrap();
        let bytes = noise(seed, length);
        let value = tree.value_of(bytes.clone().into()).unwrap();
        let mut reader = tree.value_reader(value.clone());
        prop_assert_eq!(reader.len(), length as u64);
        let mut at = 0;
        for (place, count, forward) in steps {
            let to = if forward { at + count / 2 } else { place.index(length + 1) };
            prop_assert_eq!(reader.seek(SeekFrom::Start(to as u64)).unwrap(), to as u64);
            let mut target = vec![0; count];
            let mut filled = 0;
            while filled < count {
                match reader.read(&mut target[filled..]).unwrap() {
                    0 => break,
                    read => filled += read,
                }
            }
            prop_assert_eq!(&target[..filled], &bytes[to.min(length)..(to + count).min(length)]);
            at = to + filled;
        }
        let (one, other) = (range.0.index(length + 1), range.1.index(length + 1));
        let (start, end) = (one.min(other), one.max(other));
        let within = |range| tree.value_reader(value.clone()).within(range).read_all().unwrap();
        prop_assert_eq!(&within(start as u64..end as u64), &bytes[start..end]);
        prop_assert_eq!(&within(start as u64..u64::MAX), &bytes[start..]);
    }
}

#[test]
fn each_chunk_is_written_once_and_little_is_held() {
    let (store, storage) = counting_store(0);
    let tree = Tree::empty(store, Parameters::default()).unwrap();
    let bytes = noise(1, 20 << 20);
    let (value, nodes) = expected(tree.parameters(), &bytes);
    for piece in [1 << 12, 100_000, 3 << 20] {
        storage.take();
        let (mut writer, mut on_disk, mut batches) = (tree.value_writer(), 0, 0);
        for (number, piece) in bytes.chunks(piece).enumerate() {
            writer.push(piece).unwrap();
            let counts = storage.take();
            (on_disk, batches) = (on_disk + counts.bytes_written, batches + counts.requests);
            let held = writer.len() - on_disk.min(writer.len());
            assert!(held <= HELD_MAX, "{held} bytes are held after {number} pieces");
        }
        assert_eq!(writer.finish().unwrap(), value);
        let counts = storage.take();
        let total: usize = nodes.iter().map(|node| node.bytes().len()).sum();
        assert_eq!(on_disk + counts.bytes_written, total, "each node once");
        assert_eq!(counts.loads, 0);
        assert!((4..=6).contains(&(batches + counts.requests)), "{batches} batches");
    }
}

#[test]
fn a_value_that_is_too_long_is_refused_when_it_becomes_so() {
    let tree = Tree::empty(store(), Parameters::default()).unwrap();
    let piece = vec![0; 1 << 20];
    let full = |writer: &mut prolly_tree::ValueWriter| {
        (0..VALUE_MAX >> 20).for_each(|_| writer.push(&piece).unwrap());
    };
    let mut writer = tree.value_writer();
    full(&mut writer);
    assert_eq!(writer.finish().unwrap().len(), VALUE_MAX);

    let mut writer = tree.value_writer();
    full(&mut writer);
    assert!(matches!(writer.push(&[0]), Err(Error::ValueTooLong { length }) if length == VALUE_MAX + 1));
    assert!(matches!(writer.push(&[]), Err(Error::ValueTooLong { .. })));
    let error = writer.write(&[0]).unwrap_err();
    assert!(matches!(error.get_ref().unwrap().downcast_ref(), Some(Error::ValueTooLong { .. })));
    assert!(matches!(writer.finish(), Err(Error::ValueTooLong { .. })));
}

#[test]
fn a_written_value_can_be_put_and_an_unfinished_one_changes_nothing() {
    let mut tree = MutableTree::new(Tree::empty(store(), Parameters::default()).unwrap());
    let bytes = noise(3, 300_000);
    let mut writer = tree.tree().value_writer();
    writer.write_all(&bytes[..100_000]).unwrap();
    writer.flush().unwrap();
    writer.write_all(&bytes[100_000..]).unwrap();
    assert_eq!((writer.len(), writer.is_empty()), (300_000, false));
    tree.put_value("a", writer.finish().unwrap()).unwrap();
    assert_eq!(tree.get(b"a").unwrap().unwrap(), bytes);
    let root = tree.root().unwrap();
    let mut dropped = tree.tree().value_writer();
    dropped.push(&noise(4, 9 << 20)).unwrap();
    drop(dropped);
    assert_eq!(tree.root().unwrap(), root);

    let mut whole = MutableTree::new(Tree::empty(store(), Parameters::default()).unwrap());
    whole.put("a", bytes).unwrap();
    assert_eq!(whole.root().unwrap(), root);
}

#[test]
fn a_writer_whose_storage_failed_gives_no_value() {
    let puts = AtomicUsize::new(0);
    let storage = CountingStorage::new(Arc::new(MemoryStorage::new())).before_put(move |_| {
        if puts.fetch_add(1, Ordering::Relaxed) < 2 {
            return Ok(());
        }
        Err(StorageError::Corruption { subject: "the disk".into(), reason: "it is full".into() })
    });
    let tree = Tree::empty(NodeStore::new(Arc::new(storage)), Parameters::default()).unwrap();
    let mut writer = tree.value_writer();
    writer.push(&noise(1, 5 << 20)).unwrap();
    let failed = writer.push(&noise(2, 5 << 20));
    assert!(matches!(failed, Err(Error::Storage(StorageError::Corruption { .. }))));
    assert!(matches!(writer.push(&[1]), Err(Error::FailedValue { reason }) if reason.contains("full")));
    assert!(matches!(writer.finish(), Err(Error::FailedValue { .. })));
}

#[test]
fn only_chunks_with_bytes_asked_for_are_loaded() {
    let (store, storage) = counting_store(0);
    let tree = Tree::empty(store, Parameters::default()).unwrap();
    let bytes = noise(5, 10 << 20);
    let value = tree.value_of(bytes.clone().into()).unwrap();
    let mut reader = tree.value_reader(value.clone());
    storage.take();
    let mut target = [0; 10];
    for middle in [5_000_000, 1_000_000, 9_000_000] {
        reader.seek(SeekFrom::Start(middle as u64)).unwrap();
        assert_eq!(storage.take().loads, 0, "to seek loads nothing");
        reader.read_exact(&mut target).unwrap();
        assert_eq!(target, bytes[middle..middle + 10]);
        let loads = storage.take().loads - usize::from(middle == 5_000_000);
        assert!((1..=2).contains(&loads), "{loads} chunks, and once the list");
    }
    let range = tree.value_reader(value.clone()).within(5_000_000..5_000_010).read_all().unwrap();
    assert_eq!(range, bytes[5_000_000..5_000_010]);
    assert!((2..=3).contains(&storage.take().loads));

    // One piece after the other: each chunk once, with few requests for few chunks each.
    let chunks = expected(tree.parameters(), &bytes).1.len() - 1;
    let (mut reader, mut read, mut requests) = (tree.value_reader(value.clone()), 0, 0);
    loop {
        let next = reader.next_bytes(10_000).unwrap();
        let counts = storage.take();
        assert!(counts.loads <= 8);
        requests += counts.requests;
        assert_eq!(next, bytes[read..read + next.len()]);
        read += next.len();
        if next.is_empty() {
            break;
        }
    }
    assert_eq!(read, bytes.len());
    assert!(requests <= chunks.div_ceil(8) + 5, "{requests} requests for {chunks} chunks");

    tree.read(&value).unwrap();
    let counts = storage.take();
    assert_eq!((counts.loads, counts.requests), (chunks + 1, 1 + chunks.div_ceil(64)));
}

#[test]
fn a_stream_leaves_the_cache_to_others() {
    let (store, storage) = counting_store(1 << 20);
    let tree = Tree::empty(store, Parameters::default()).unwrap();
    let small = tree.value_of(Bytes::from(noise(6, 2_000))).unwrap();
    let bytes = noise(7, 10 << 20);
    let long = written(&tree, &[&bytes]);
    tree.value_reader(long).read_all().unwrap();
    storage.take();
    tree.read(&small).unwrap();
    assert_eq!(storage.take().loads, 0, "it is still cached");
}

#[test]
fn seeking_counts_from_the_start_the_place_and_the_end() {
    let tree = Tree::empty(store(), Parameters::default()).unwrap();
    for length in [100, 5_000, 200_000_u64] {
        let value = tree.value_of(Bytes::from(noise(length, length as usize))).unwrap();
        let mut reader = tree.value_reader(value);
        assert_eq!(reader.seek(SeekFrom::End(-10)).unwrap(), length - 10);
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 10);
        assert_eq!(reader.seek(SeekFrom::Current(5)).unwrap(), length + 5);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0, "there is nothing after the end");
        assert_eq!(reader.seek(SeekFrom::Current(-6)).unwrap(), length - 1);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 1);
        let before = reader.seek(SeekFrom::End(-1 - length as i64)).unwrap_err();
        assert_eq!((before.kind(), reader.position()), (ErrorKind::InvalidInput, length));
    }
}

#[test]
fn what_is_not_the_value_that_a_leaf_names_is_corruption() {
    let storage: Arc<dyn NodeStorage> = Arc::new(MemoryStorage::new());
    let store = NodeStore::with_cache(storage, Arc::new(NodeCache::with_capacity(0)));
    let tree = Tree::empty(store.clone(), Parameters::default()).unwrap();
    let (blob, long) = (encode_blob(&[1; 2_000]), encode_blob(&[1; 70_000]));
    let leaf = encode_leaf(tree.parameters(), std::iter::empty());
    let list = |chunks: &[(&Node, usize)]| {
        let chunks: Vec<_> =
            chunks.iter().map(|(node, length)| (node.address().into(), *length as u32)).collect();
        encode_chunk_list(&chunks)
    };
    let good = list(&[(&long, 70_000), (&blob, 2_000)]);
    let lies = [
        list(&[(&long, 69_999), (&blob, 2_000)]),
        list(&[(&leaf, 70_000), (&blob, 2_000)]),
        list(&[(&good, 70_000), (&blob, 2_000)]),
    ];
    let nodes = [&blob, &long, &leaf, &good].into_iter().chain(&lies).cloned();
    store.put_many(nodes.collect()).unwrap();
    let read = |node: &Node, length: usize, at: u64| {
        let link = Link { target: node.address().into(), length: length as u32 };
        let mut reader = tree.value_reader(EntryValue::Linked(link));
        reader.seek(SeekFrom::Start(at)).unwrap();
        let streamed = reader.next_bytes(1);
        if at == 0 {
            assert_eq!(streamed.is_ok(), tree.read(&EntryValue::Linked(link)).is_ok());
        }
        match streamed {
            Err(Error::Storage(StorageError::Corruption { reason, .. })) => {
                assert!(reason.contains("a leaf names"));
                assert_eq!(reader.position(), at);
                false
            }
            other => other.unwrap().len() == 1,
        }
    };
    assert!(read(&blob, 2_000, 1_000));
    assert!(read(&good, 72_000, 71_000));
    for (node, length) in
        [(&blob, 1_999), (&blob, 72_000), (&long, 70_000), (&leaf, 36), (&good, 71_999), (&good, 9)]
    {
        assert!(!read(node, length, 0), "{:?} of {length}", node.kind());
    }
    for (lie, length) in lies.iter().zip([71_999, 72_000, 72_000]) {
        assert_eq!(lie.kind(), Kind::ChunkList);
        assert!(!read(lie, length, 0));
        assert!(read(lie, length, length as u64 - 1), "the last chunk is as it should be");
    }
}
