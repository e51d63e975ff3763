//! BLAKE3 of node-sized inputs.
//!
//! BLAKE3 hashes chunks of 1 KiB side by side in the processor's vector lanes, 4, 8 or 16 at once, and what is left over
//! one or two at a time: three chunks take twice as long as four, seven three times as long as eight, and sixteen no
//! longer than one. Nodes have three to eight chunks, so here idle lanes repeat a chunk, whose result is thrown away,
//! and where many nodes are at hand their first chunks share the lanes, then their second ones, and so on. The figures
//! are in `docs/performance.md`.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use blake3::platform::Platform;
use blake3::{CHUNK_LEN, Hasher, IncrementCounter};

/// Inputs that are best given to [`blake3_256_many`] at once: the most lanes of any processor.
pub(crate) const LANES: usize = 16;
/// The most chunks of an input that is hashed here; a longer one fills the lanes by itself.
const CHUNKS: usize = 16;
/// The initial chaining value of BLAKE3, section 2.2 of its paper.
const KEY: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 2;

/// BLAKE3-256 of `bytes`. Cost: one pass.
pub(crate) fn blake3_256(bytes: &[u8]) -> [u8; 32] {
    let (chunks, rest) = bytes.as_chunks::<CHUNK_LEN>();
    let is_uneven = (3..CHUNKS).contains(&chunks.len()) && !chunks.len().is_power_of_two();
    let Some(platform) = vector_platform().filter(|_| is_uneven) else { return blake3::hash(bytes).into() };
    let mut values = Values::new();
    hash_chunks(platform, chunks.iter(), 0, IncrementCounter::Yes, &mut values.0);
    values.root(chunks.len(), rest)
}

/// BLAKE3-256 of each of `inputs`. Cost: one pass; least for [`LANES`] inputs.
pub(crate) fn blake3_256_many(inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    let Some(platform) = vector_platform().filter(|_| inputs.len() >= 4) else {
        return inputs.iter().map(|bytes| blake3_256(bytes)).collect();
    };
    inputs.chunks(LANES).flat_map(|inputs| hash_side_by_side(platform, inputs)).collect()
}

/// At most [`LANES`] inputs: chunk 0 of each, chunk 1 of each, and so on.
fn hash_side_by_side(platform: Platform, inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    let chunks = |input: usize| inputs[input].as_chunks::<CHUNK_LEN>().0;
    let fits = |input: &usize| (CHUNK_LEN + 1..CHUNKS * CHUNK_LEN).contains(&inputs[*input].len());
    let mut values = [const { Values::new() }; LANES];
    let mut lanes: Vec<usize> = (0..inputs.len()).filter(fits).collect();
    let mut out = [[0; 32]; LANES];
    for chunk in 0..CHUNKS {
        lanes.retain(|input| chunk < chunks(*input).len());
        if lanes.is_empty() {
            break;
        }
        let column = lanes.iter().map(|input| &chunks(*input)[chunk]);
        hash_chunks(platform, column, chunk as u64, IncrementCounter::No, &mut out);
        for (input, value) in lanes.iter().zip(&out) {
            values[*input].0[chunk] = *value;
        }
    }
    let hash = |input: usize| match fits(&input) {
        true => values[input].root(chunks(input).len(), inputs[input].as_chunks::<CHUNK_LEN>().1),
        false => blake3::hash(inputs[input]).into(),
    };
    (0..inputs.len()).map(hash).collect()
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
    // Two chunks share the lanes as they are; three and more do in powers of two.
    let lanes = if chunks.len() <= 2 { chunks.len() } else { chunks.len().next_power_of_two() };
    let Some(first) = chunks.clone().next() else { return };
    let mut inputs = [first; LANES];
    for (input, chunk) in inputs.iter_mut().zip(chunks) {
        *input = chunk;
    }
    let (inputs, values) = (&inputs[..lanes], values.as_flattened_mut());
    platform.hash_many(inputs, &KEY, counter, increment, 0, CHUNK_START, CHUNK_END, values);
}

/// Chaining values of the chunks of one input.
struct Values([ChainingValue; CHUNKS]);

impl Values {
    const fn new() -> Self {
        Self([[0; 32]; CHUNKS])
    }

    /// The hash of an input of more than one chunk, of which the first `full` are here and `rest` is what follows them.
    fn root(&mut self, full: usize, rest: &[u8]) -> [u8; 32] {
        let values = &mut self.0;
        let mut count = full;
        if !rest.is_empty() {
            let mut hasher = Hasher::new();
            hasher.set_input_offset((full * CHUNK_LEN) as u64);
            values[full] = hasher.update(rest).finalize_non_root();
            count += 1;
        }
        // The left half of every node of BLAKE3's tree is complete: pairs, level by level, an odd one going up as it is.
        while count > 2 {
            for pair in 0..count / 2 {
                values[pair] = merge_subtrees_non_root(&values[2 * pair], &values[2 * pair + 1], Mode::Hash);
            }
            if count % 2 == 1 {
                values[count / 2] = values[count - 1];
            }
            count = count.div_ceil(2);
        }
        merge_subtrees_root(&values[0], &values[1], Mode::Hash).into()
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
        for count in 0..40 {
            let lengths = (0..count).map(|number| (number * number * 977 + count * 131) % bytes.len());
            let inputs: Vec<&[u8]> = lengths.map(|length| &bytes[bytes.len() - length..]).collect();
            let expected: Vec<[u8; 32]> = inputs.iter().map(|input| blake3::hash(input).into()).collect();
            assert_eq!(blake3_256_many(&inputs), expected);
        }
    }
}
