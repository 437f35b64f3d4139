//! The safetensors container, read without trusting it.
//!
//! Before anything of a claimed size is allocated, the header's length, its JSON, every offset, type
//! and shape are checked against the size of the file and against [`Limits`]. Models, training states
//! and files of other programs all come in through here.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::array::element_count;
use super::error::{escaped, shown};
use super::{NamedArray, StorageError, Tensors};

/// Bytes before the header: its length as a little-endian `u64`.
const PREFIX_BYTES: u64 = 8;
const METADATA_KEY: &str = "__metadata__";
const LFS_START: &[u8] = b"version https://git-lfs";

/// What a file may claim at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the JSON header.
    pub header_bytes: u64,
    /// Bytes of the whole file.
    pub file_bytes: u64,
    /// Extents of a shape.
    pub rank: usize,
}

impl Limits {
    /// The stated limits: header 16 MiB, file 4 GiB, rank 8.
    pub const STATED: Self = Self { header_bytes: 16 << 20, file_bytes: 4 << 30, rank: 8 };
}

/// A tensor as the header describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name, as it stands in the file (escape it before showing it).
    pub name: String,
    /// Its extents.
    pub shape: Vec<usize>,
    /// Its element type.
    pub dtype: Dtype,
    /// First byte, counted from the end of the header.
    begin: u64,
    /// Bytes it takes.
    bytes: usize,
}

/// An opened safetensors file whose header has been checked; tensors are read on demand.
#[derive(Debug)]
pub struct Container<R> {
    place: String,
    reader: R,
    data_start: u64,
    entries: Vec<Entry>,
    metadata: BTreeMap<String, String>,
}

impl Container<File> {
    /// Opens a file and checks its header.
    ///
    /// # Errors
    /// Any damage, foreign format or refusal by the operating system.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, StorageError> {
        // Asked before opening: opening a pipe would wait for its writer.
        let about = std::fs::metadata(path).map_err(StorageError::io("open", path))?;
        let place = shown(path);
        if !about.is_file() {
            return Err(StorageError::format(&place, "it is not a file; name a .safetensors file"));
        }
        let file = File::open(path).map_err(StorageError::io("open", path))?;
        Self::from_reader(place, file, about.len(), limits)
    }
}

impl<'a> Container<Cursor<&'a [u8]>> {
    /// Opens bytes in memory, such as an embedded model; `place` names them in errors.
    ///
    /// # Errors
    /// Any damage or foreign format.
    pub fn from_bytes(place: &str, bytes: &'a [u8], limits: Limits) -> Result<Self, StorageError> {
        Self::from_reader(place.to_owned(), Cursor::new(bytes), bytes.len() as u64, limits)
    }
}

impl<R: Read + Seek> Container<R> {
    fn from_reader(
        place: String,
        mut reader: R,
        file_bytes: u64,
        limits: Limits,
    ) -> Result<Self, StorageError> {
        if file_bytes == 0 {
            return Err(StorageError::Empty(place));
        }
        if file_bytes > limits.file_bytes {
            return Err(StorageError::TooLarge {
                place,
                bytes: file_bytes,
                limit: limits.file_bytes,
            });
        }
        let header_bytes = read_header_length(&place, &mut reader, file_bytes, limits)?;
        let mut header = vec![0; header_bytes];
        let place_for_error = place.clone();
        let read_error =
            move |source| StorageError::Io { what: "read", place: place_for_error, source };
        reader
            .seek(SeekFrom::Start(PREFIX_BYTES))
            .and_then(|_| reader.read_exact(&mut header))
            .map_err(read_error)?;
        let header = parse_header(&place, &header)?;
        let data_start = PREFIX_BYTES + header_bytes as u64;
        let entries = check_entries(&place, header.tensors, limits)?;
        let end = entries.last().map_or(0, |entry| entry.begin + entry.bytes as u64);
        check_end(&place, data_start.saturating_add(end), file_bytes)?;
        Ok(Self { place, reader, data_start, entries, metadata: header.metadata })
    }

    /// The file's name, as shown in errors.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The tensors, in the order of their bytes.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A text of the header's `__metadata__`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Reads one tensor as `f32`; `None` where there is none of that name.
    ///
    /// # Errors
    /// An element type that is not read, or a refusal by the operating system.
    pub fn read(&mut self, name: &str) -> Result<Option<NamedArray>, StorageError> {
        let Some(index) = self.entries.iter().position(|entry| entry.name == name) else {
            return Ok(None);
        };
        self.read_at(index, &mut flate2::Crc::new()).map(Some)
    }

    /// Reads all tensors as `f32`, with the CRC-32 of their bytes as they stand in the file.
    ///
    /// # Errors
    /// An element type that is not read, or a refusal by the operating system.
    pub fn read_all(mut self) -> Result<(Tensors, u32), StorageError> {
        let mut crc = flate2::Crc::new();
        let mut tensors = Tensors::new();
        for index in 0..self.entries.len() {
            tensors.insert(self.read_at(index, &mut crc)?);
        }
        Ok((tensors, crc.sum()))
    }

    fn read_at(&mut self, index: usize, crc: &mut flate2::Crc) -> Result<NamedArray, StorageError> {
        let entry = &self.entries[index];
        if !matches!(entry.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64) {
            return Err(StorageError::UnsupportedType {
                place: self.place.clone(),
                name: escaped(&entry.name),
                dtype: entry.dtype.to_string(),
            });
        }
        // The header's check has bound this length to the size of the file.
        let mut bytes = vec![0; entry.bytes];
        self.reader
            .seek(SeekFrom::Start(self.data_start + entry.begin))
            .and_then(|_| self.reader.read_exact(&mut bytes))
            .map_err(|source| StorageError::Io {
                what: "read",
                place: self.place.clone(),
                source,
            })?;
        crc.update(&bytes);
        NamedArray::new(entry.name.clone(), entry.shape.clone(), to_f32(entry.dtype, &bytes))
    }
}

const PYTORCH: &str = "it is a PyTorch file (.pt), which can run code when it is opened: export its \
                       weights as safetensors where it was made";
const ZIP: &str = "it is a ZIP archive, not a model: unpack it first; a PyTorch file (.pt) is one, too, and \
                   can run code when it is opened: export its weights as safetensors where it was made";
const CHOOSE: &str = "choose a .safetensors file";

/// What a file without a header is, where its first bytes say so.
fn foreign(start: &[u8]) -> Option<String> {
    let what = match start {
        [b'P', b'K', 3, 4, ..] => return Some(ZIP.to_owned()),
        [0x80, 2..=5, ..] => return Some(PYTORCH.to_owned()),
        [0x89, b'P', b'N', b'G', ..] => "a PNG picture",
        [0xff, 0xd8, 0xff, ..] => "a JPEG picture",
        [b'G', b'I', b'F', b'8', ..] => "a GIF picture",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "a WebP picture",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        _ => return None,
    };
    Some(format!("it is {what}, not a model: {CHOOSE}"))
}

fn read_header_length(
    place: &str,
    reader: &mut impl Read,
    file_bytes: u64,
    limits: Limits,
) -> Result<usize, StorageError> {
    let mut start = Vec::new();
    reader
        .take(LFS_START.len() as u64)
        .read_to_end(&mut start)
        .map_err(|source| StorageError::Io { what: "read", place: place.to_owned(), source })?;
    if start == LFS_START {
        return Err(StorageError::LfsPointer(place.to_owned()));
    }
    let Some((length, rest)) = start.split_first_chunk::<8>() else {
        let detail = format!("it has only {file_bytes} bytes; copy or download it again");
        return Err(StorageError::format(place, detail));
    };
    let length = u64::from_le_bytes(*length);
    if length > limits.header_bytes || rest.first().is_some_and(|&byte| byte != b'{') {
        let detail = if length > limits.header_bytes {
            format!("its header claims {length} bytes (at most {} are read)", limits.header_bytes)
        } else {
            "its header is not JSON".to_owned()
        };
        let other = || format!("{detail}; {CHOOSE}: other formats cannot be opened yet");
        return Err(StorageError::format(place, foreign(&start).unwrap_or_else(other)));
    }
    if length > file_bytes - PREFIX_BYTES {
        let expected = length + PREFIX_BYTES;
        return Err(StorageError::Truncated {
            place: place.to_owned(),
            expected,
            actual: file_bytes,
        });
    }
    usize::try_from(length).map_err(|_| StorageError::format(place, "its header is too long"))
}

/// The header's JSON, read without building anything larger than the text itself.
#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, TensorInfo)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                let mut has_metadata = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name != METADATA_KEY {
                        header.tensors.push((name, map.next_value()?));
                    } else if std::mem::replace(&mut has_metadata, true) {
                        return Err(A::Error::custom("two __metadata__ entries"));
                    } else {
                        header.metadata = map.next_value()?;
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn parse_header(place: &str, bytes: &[u8]) -> Result<Header, StorageError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("its header is damaged ({})", escaped(&error.to_string()));
        StorageError::format(place, format!("{detail}; copy or download it again"))
    })
}

/// Checks names, ranks, sizes and that the tensors lie side by side from the first byte on.
fn check_entries(
    place: &str,
    mut tensors: Vec<(String, TensorInfo)>,
    limits: Limits,
) -> Result<Vec<Entry>, StorageError> {
    tensors.sort_by(|(a, left), (b, right)| {
        left.data_offsets.cmp(&right.data_offsets).then_with(|| a.cmp(b))
    });
    let mut names = std::collections::HashSet::with_capacity(tensors.len());
    let mut entries = Vec::with_capacity(tensors.len());
    let mut next = 0;
    for (name, info) in &tensors {
        let refuse = |detail: String| {
            let name = escaped(name);
            let text = format!("tensor '{name}' {detail}; copy or download it again");
            Err(StorageError::format(place, text))
        };
        if !names.insert(name.as_str()) {
            return refuse("is listed twice".to_owned());
        }
        if info.shape.len() > limits.rank {
            return refuse(format!(
                "has {} dimensions (at most {})",
                info.shape.len(),
                limits.rank
            ));
        }
        let (begin, end) = info.data_offsets;
        if begin != next || end < begin {
            return refuse(format!("has the offsets {begin} to {end} where {next} was due"));
        }
        let bits = element_count(&info.shape).and_then(|n| n.checked_mul(info.dtype.bitsize()));
        if bits.is_none_or(|bits| bits % 8 != 0 || bits / 8 != end - begin) {
            return refuse(format!(
                "of shape {:?} and type {} cannot lie in {} bytes",
                info.shape,
                info.dtype,
                end - begin
            ));
        }
        next = end;
        entries.push(Entry {
            name: name.clone(),
            shape: info.shape.clone(),
            dtype: info.dtype,
            begin: begin as u64,
            bytes: end - begin,
        });
    }
    Ok(entries)
}

fn check_end(place: &str, expected: u64, actual: u64) -> Result<(), StorageError> {
    if expected > actual {
        return Err(StorageError::Truncated { place: place.to_owned(), expected, actual });
    }
    if expected < actual {
        let extra = actual - expected;
        let detail = format!("{extra} bytes follow its last tensor; copy or download it again");
        return Err(StorageError::format(place, detail));
    }
    Ok(())
}

fn to_f32(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    match dtype {
        Dtype::F16 => pairs.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => pairs.iter().map(|b| half::bf16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::F64 => {
            bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect()
        }
        _ => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
    }
}
