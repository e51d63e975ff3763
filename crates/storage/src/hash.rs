//! BLAKE3 of node-sized inputs.
//!
//! BLAKE3 hashes chunks of 1 KiB side by side in the processor's vector lanes, 4, 8 or 16 at once, and what is left over
//! one or two at a time: three chunks take twice as long as four, seven more than twice as long as eight, and sixteen
//! no longer than one. Nodes have three to eight chunks, so here idle lanes repeat a chunk, whose result is thrown away,
//! and where many nodes are at hand their first chunks share the lanes, then their second ones, and so on. The figures
//! are in `docs/decisions/0006-hashing-in-lanes.md`.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use blake3::platform::Platform;
use blake3::{BLOCK_LEN, CHUNK_LEN, Hasher, IncrementCounter};

/// The most lanes of any processor.
const LANES: usize = 16;
/// Inputs that are best given to [`blake3_256_many`] at once: few of them are so long that their last chunks would leave
/// lanes idle.
pub(crate) const TOGETHER: usize = 4 * LANES;
/// The most chunks of an input that is hashed here; a longer one fills the lanes by itself.
const CHUNKS: usize = 16;
/// The initial chaining value of BLAKE3, section 2.2 of its paper.
const KEY: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 2;
const PARENT: u8 = 4;

/// BLAKE3-256 of `bytes`. Cost: one pass.
pub(crate) fn blake3_256(bytes: &[u8]) -> [u8; 32] {
    let (chunks, rest) = bytes.as_chunks::<CHUNK_LEN>();
    let is_uneven = (3..CHUNKS).contains(&chunks.len()) && !chunks.len().is_power_of_two();
    let Some(platform) = vector_platform().filter(|_| is_uneven) else { return blake3::hash(bytes).into() };
    let mut values = Values::new();
    hash_chunks(platform, chunks.iter(), 0, IncrementCounter::Yes, &mut values.values);
    values.finish_chunks(chunks.len(), rest);
    values.root()
}

/// BLAKE3-256 of each of `inputs`. Cost: one pass; least for [`TOGETHER`] inputs.
pub(crate) fn blake3_256_many(inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    let Some(platform) = vector_platform().filter(|_| inputs.len() >= 4) else {
        return inputs.iter().map(|bytes| blake3_256(bytes)).collect();
    };
    inputs.chunks(TOGETHER).flat_map(|inputs| hash_side_by_side(platform, inputs)).collect()
}

/// At most [`TOGETHER`] inputs: chunk 0 of each, chunk 1 of each, and so on.
fn hash_side_by_side(platform: Platform, inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    let chunks = |input: usize| inputs[input].as_chunks::<CHUNK_LEN>().0;
    let fits = |input: &usize| (CHUNK_LEN + 1..CHUNKS * CHUNK_LEN).contains(&inputs[*input].len());
    let mut values = vec![Values::new(); inputs.len()];
    let mut lanes: Vec<usize> = (0..inputs.len()).filter(fits).collect();
    let mut out = [[0; 32]; LANES];
    for chunk in 0..CHUNKS {
        lanes.retain(|input| chunk < chunks(*input).len());
        if lanes.is_empty() {
            break;
        }
        for lanes in lanes.chunks(LANES) {
            let column = lanes.iter().map(|input| &chunks(*input)[chunk]);
            hash_chunks(platform, column, chunk as u64, IncrementCounter::No, &mut out);
            for (input, value) in lanes.iter().zip(&out) {
                values[*input].values[chunk] = *value;
            }
        }
    }
    for (input, values) in values.iter_mut().enumerate().filter(|(input, _)| fits(input)) {
        let (full, rest) = inputs[input].as_chunks::<CHUNK_LEN>();
        values.finish_chunks(full.len(), rest);
    }
    join_side_by_side(platform, &mut values);
    let hash = |input: usize| match fits(&input) {
        true => values[input].root(),
        false => blake3::hash(inputs[input]).into(),
    };
    (0..inputs.len()).map(hash).collect()
}

/// Joins pairs of many inputs until each has two values left.
fn join_side_by_side(platform: Platform, values: &mut [Values]) {
    loop {
        let open: Vec<usize> = (0..values.len()).filter(|input| values[*input].count > 2).collect();
        let pairs: Vec<(usize, usize)> =
            open.iter().flat_map(|input| (0..values[*input].count / 2).map(|pair| (*input, pair))).collect();
        if pairs.is_empty() {
            return;
        }
        for group in pairs.chunks(LANES) {
            let block = |(input, pair): &(usize, usize)| values[*input].pair(*pair);
            let blocks: Vec<[u8; BLOCK_LEN]> = group.iter().map(block).collect();
            let mut inputs = [&blocks[0]; LANES];
            for (input, block) in inputs.iter_mut().zip(&blocks) {
                *input = block;
            }
            let mut out = [[0; 32]; LANES];
            let lanes = lanes_for(blocks.len());
            let counter = IncrementCounter::No;
            platform.hash_many(&inputs[..lanes], &KEY, 0, counter, PARENT, 0, 0, out.as_flattened_mut());
            for ((input, pair), value) in group.iter().zip(&out) {
                values[*input].values[*pair] = *value;
            }
        }
        open.into_iter().for_each(|input| values[input].halve());
    }
}

/// The processor, when it has lanes to fill.
fn vector_platform() -> Option<Platform> {
    Some(Platform::detect()).filter(|platform| platform.simd_degree() >= 4)
}

/// Hashes at most [`LANES`] chunks side by side.
fn hash_chunks<'input>(
    platform: Platform,
    chunks: impl ExactSizeIterator<Item = &'input [u8; CHUNK_LEN]> + Clone,
    counter: u64,
    increment: IncrementCounter,
    values: &mut [ChainingValue; LANES],
) {
    let lanes = lanes_for(chunks.len());
    let Some(first) = chunks.clone().next() else { return };
    let mut inputs = [first; LANES];
    for (input, chunk) in inputs.iter_mut().zip(chunks) {
        *input = chunk;
    }
    let (inputs, values) = (&inputs[..lanes], values.as_flattened_mut());
    platform.hash_many(inputs, &KEY, counter, increment, 0, CHUNK_START, CHUNK_END, values);
}

/// The lanes in which so many blocks or chunks are hashed: two share them as they are, more do in powers of two.
const fn lanes_for(count: usize) -> usize {
    if count <= 2 { count } else { count.next_power_of_two() }
}

/// Chaining values of one input: of its chunks, then of what they are joined to.
#[derive(Clone)]
struct Values {
    values: [ChainingValue; CHUNKS],
    count: usize,
}

impl Values {
    const fn new() -> Self {
        Self { values: [[0; 32]; CHUNKS], count: 0 }
    }

    /// Completes the values of the chunks: the first `full` are here, and `rest` is what follows them.
    fn finish_chunks(&mut self, full: usize, rest: &[u8]) {
        self.count = full;
        if !rest.is_empty() {
            let mut hasher = Hasher::new();
            hasher.set_input_offset((full * CHUNK_LEN) as u64);
            self.values[full] = hasher.update(rest).finalize_non_root();
            self.count += 1;
        }
    }

    fn pair(&self, pair: usize) -> [u8; BLOCK_LEN] {
        let mut block = [0; BLOCK_LEN];
        block.copy_from_slice(self.values[2 * pair..2 * pair + 2].as_flattened());
        block
    }

    /// Ends a level: its pairs are joined, and an odd value goes up as it is. The left half of every node of BLAKE3's
    /// tree is complete, so this is the tree.
    fn halve(&mut self) {
        if self.count % 2 == 1 {
            self.values[self.count / 2] = self.values[self.count - 1];
        }
        self.count = self.count.div_ceil(2);
    }

    /// The hash of an input of more than one chunk.
    fn root(&mut self) -> [u8; 32] {
        while self.count > 2 {
            for pair in 0..self.count / 2 {
                let (left, right) = (&self.values[2 * pair], &self.values[2 * pair + 1]);
                self.values[pair] = merge_subtrees_non_root(left, right, Mode::Hash);
            }
            self.halve();
        }
        merge_subtrees_root(&self.values[0], &self.values[1], Mode::Hash).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        (0_u32..18 * 1024).map(|number| ((number * 31) >> 3) as u8).collect()
    }

    #[test]
    fn every_length_hashes_as_blake3_does() {
        let bytes = bytes();
        for length in 0..=bytes.len() {
            assert_eq!(blake3_256(&bytes[..length]), *blake3::hash(&bytes[..length]).as_bytes(), "{length}");
        }
    }

    #[test]
    fn many_inputs_hash_as_each_does() {
        let bytes = bytes();
        for count in [0, 1, 3, 4, 15, 16, 17, 63, 64, 65, 130] {
            let lengths = (0..count).map(|number| (number * number * 977 + count * 131) % bytes.len());
            let inputs: Vec<&[u8]> = lengths.map(|length| &bytes[bytes.len() - length..]).collect();
            let expected: Vec<[u8; 32]> = inputs.iter().map(|input| blake3::hash(input).into()).collect();
            assert_eq!(blake3_256_many(&inputs), expected);
        }
    }
}
