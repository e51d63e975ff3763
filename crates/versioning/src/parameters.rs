//! Which parameters the trees of a store have.

use std::fs;
use std::io::ErrorKind;

use prolly_storage::git::Repository;
use prolly_storage::{Address, Parameters};

use crate::backend::Backend;
use crate::{Error, Result};

const NAME: &str = "parameters";

/// Notes the parameters of a store that has no commit yet: versions carry their own.
pub(crate) fn write(repository: &Repository, parameters: &Parameters) -> Result<()> {
    let folder = repository.common_dir().join("prolly");
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let path = folder.join(NAME);
    let bytes = parameters.encode();
    // The start of a hash, so that a damaged file is found out.
    let text: String = bytes.iter().chain(&check(&bytes)).map(|byte| format!("{byte:02x}")).collect();
    fs::write(&path, format!("{text}\n")).map_err(|error| Error::io("write", &path, error))
}

/// The parameters of the newest version, else those noted when the store was made, else the default ones.
pub(crate) fn read(backend: &Backend) -> Result<Parameters> {
    let repository = &backend.repository;
    let tip = match repository.head()?.target() {
        Some(tip) => Some(tip),
        None => repository.refs("refs/")?.into_iter().find(|(name, _)| is_branch(name)).map(|(_, tip)| tip),
    };
    if let Some(tip) = tip {
        return Ok(repository.read_version(tip)?.parameters);
    }
    let path = repository.common_dir().join("prolly").join(NAME);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Parameters::default()),
        answer => answer.map_err(|error| Error::io("read", &path, error))?,
    };
    decode(text.trim_end()).ok_or_else(|| Error::Corruption {
        subject: path.display().to_string(),
        reason: "it does not hold the parameters of a tree".into(),
    })
}

fn is_branch(name: &str) -> bool {
    name.starts_with("refs/heads/") || name.starts_with("refs/remotes/")
}

fn decode(text: &str) -> Option<Parameters> {
    let pairs = text.as_bytes().chunks_exact(2);
    let bytes: Vec<u8> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<_>>()?;
    let (bytes, sum) = bytes.split_first_chunk()?;
    (sum == check(bytes)).then(|| Parameters::decode(bytes).ok())?
}

fn check(bytes: &[u8]) -> [u8; 4] {
    let [one, two, three, four, ..] = *Address::of(bytes).as_bytes();
    [one, two, three, four]
}
