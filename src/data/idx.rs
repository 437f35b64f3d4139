//! Reads IDX files of unsigned bytes, plain or gzipped, as MNIST and its relatives ship.
//!
//! The format: two zero bytes, a type (0x08 for unsigned bytes), the number of dimensions, each dimension as a
//! big-endian u32, then the values. What the header claims is checked against the file's size before anything is
//! allocated, and unpacking stops at what the header claims.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::error::{DataError, bytes_text};

/// Deflate packs at most this many bytes into one.
const MAX_DEFLATE_RATIO: u64 = 1032;
/// Bytes read between two looks at the cancel flag.
const STEP: usize = 1 << 20;

/// What an IDX file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Three dimensions: count, height, width.
    Pictures,
    /// One dimension: count.
    Labels,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Labels => "labels",
        }
    }

    fn dimensions(self) -> usize {
        match self {
            Self::Pictures => 3,
            Self::Labels => 1,
        }
    }
}

/// An IDX file whose header has been read and believed.
#[derive(Debug)]
pub(super) struct IdxFile {
    pub path: PathBuf,
    /// `[count, height, width]` for pictures, `[count]` for labels.
    pub dimensions: Vec<u32>,
    gzipped: bool,
}

impl IdxFile {
    /// Reads and checks the header.
    pub fn open(path: &Path, kind: Kind) -> Result<Self, DataError> {
        let (mut reader, gzipped, file_bytes) = open_reader(path)?;
        let damaged = |reason: String| DataError::IdxDamaged { path: path.to_path_buf(), reason };
        let header_bytes = 4 + 4 * kind.dimensions();
        let mut header = Vec::new();
        let read = reader.by_ref().take(header_bytes as u64).read_to_end(&mut header);
        read.map_err(|error| unpacking(path, &error))?;
        check_magic(path, &header, kind)?;
        if header.len() < header_bytes {
            return Err(damaged("it ends within its header".to_owned()));
        }
        let numbers = header[4..].chunks_exact(4);
        let dimensions: Vec<u32> =
            numbers.map(|n| u32::from_be_bytes([n[0], n[1], n[2], n[3]])).collect();
        let file = Self { path: path.to_path_buf(), dimensions, gzipped };
        let claims = file.body_bytes().map(|body| body + header_bytes as u64);
        let Some(claims) = claims else {
            return Err(damaged("its header claims an impossible size".to_owned()));
        };
        if gzipped && claims > file_bytes.saturating_mul(MAX_DEFLATE_RATIO) {
            return Err(damaged(format!(
                "its {} cannot unpack to the {} its header claims",
                bytes_text(file_bytes),
                bytes_text(claims)
            )));
        }
        if !gzipped && claims != file_bytes {
            return Err(damaged(size_mismatch(claims, file_bytes)));
        }
        Ok(file)
    }

    /// Number of pictures or labels.
    pub fn count(&self) -> usize {
        self.dimensions[0] as usize
    }

    /// Bytes after the header, or `None` if no file can be that large.
    pub fn body_bytes(&self) -> Option<u64> {
        let product =
            self.dimensions.iter().try_fold(1_u64, |product, &n| product.checked_mul(u64::from(n)));
        product.filter(|&bytes| bytes < u64::MAX / 2)
    }

    /// Whether it has to be unpacked from the start to get at its end.
    pub fn is_gzipped(&self) -> bool {
        self.gzipped
    }

    /// Everything after the header.
    pub fn read_body(&self, cancel: &AtomicBool) -> Result<Vec<u8>, DataError> {
        let (mut reader, ..) = open_reader(&self.path)?;
        let mut header = vec![0; self.header_bytes()];
        reader.read_exact(&mut header).map_err(|error| unpacking(&self.path, &error))?;
        let claimed = self.body_bytes().unwrap_or_default();
        let mut body = Vec::new();
        // One byte more than claimed, to notice a file that goes on.
        let mut reader = reader.take(claimed + 1);
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(DataError::Cancelled);
            }
            let step = STEP.max(body.len() / 2);
            body.try_reserve(step)
                .map_err(|_| DataError::OutOfMemory { size: bytes_text(claimed) })?;
            let read = reader.by_ref().take(step as u64).read_to_end(&mut body);
            if read.map_err(|error| unpacking(&self.path, &error))? == 0 {
                break;
            }
        }
        if body.len() as u64 != claimed {
            let reason = size_mismatch(claimed, body.len() as u64);
            return Err(DataError::IdxDamaged { path: self.path.clone(), reason });
        }
        body.shrink_to_fit();
        Ok(body)
    }

    /// Reads `out.len()` bytes of a plain file, `offset` bytes after the header.
    pub fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.header_bytes() as u64 + offset))?;
        file.read_exact(out)
    }

    fn header_bytes(&self) -> usize {
        4 + 4 * self.dimensions.len()
    }
}

/// Opens a file, unpacking it if its content (not its name: browsers unpack and keep the name) is gzip.
fn open_reader(path: &Path) -> Result<(Box<dyn Read>, bool, u64), DataError> {
    let io = |error| DataError::from_io(path, &error);
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut magic = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut magic).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let gzipped = magic == [0x1f, 0x8b];
    let reader = BufReader::new(file);
    let reader: Box<dyn Read> =
        if gzipped { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
    Ok((reader, gzipped, length))
}

fn unpacking(path: &Path, error: &std::io::Error) -> DataError {
    let reason = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
        _ => format!("it cannot be unpacked ({error})"),
    };
    DataError::IdxDamaged { path: path.to_path_buf(), reason }
}

fn size_mismatch(claimed: u64, found: u64) -> String {
    let how = if found < claimed { "it is cut off" } else { "it goes on after its end" };
    format!("{how} (its header claims {claimed} bytes, there are {found})")
}

fn check_magic(path: &Path, header: &[u8], kind: Kind) -> Result<(), DataError> {
    let found = match *header {
        [0, 0, 8, dimensions, ..] if usize::from(dimensions) == kind.dimensions() => return Ok(()),
        [0, 0, 8, 1, ..] => "it holds labels".to_owned(),
        [0, 0, 8, 3, ..] => "it holds pictures".to_owned(),
        [0, 0, 8, dimensions, ..] => format!("its values have {dimensions} dimensions"),
        [0, 0, 9 | 0x0b..=0x0e, _, ..] => "only unsigned bytes are supported".to_owned(),
        _ => {
            let bytes: Vec<String> =
                header.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("it starts with the bytes [{}]", bytes.join(" "))
        }
    };
    Err(DataError::IdxMagic { path: path.to_path_buf(), expected: kind.name(), found })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn body(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
        let file = file(bytes);
        IdxFile::open(file.path(), Kind::Labels)?.read_body(&AtomicBool::new(false))
    }

    const LABELS: [u8; 11] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9];

    #[test]
    fn plain_and_packed_files_read_the_same() {
        assert_eq!(body(&LABELS).unwrap(), [7, 8, 9]);
        assert_eq!(body(&gz(&LABELS)).unwrap(), [7, 8, 9]);
    }

    #[test]
    fn every_damage_is_named() {
        let text = |bytes: &[u8]| body(bytes).unwrap_err().to_string();
        assert!(text(b"PK\x03\x04zip").contains("[50 4b 03 04]"));
        assert!(text(&[0, 0, 8, 3, 0, 0, 0, 0]).contains("holds pictures"));
        assert!(text(&[0, 0, 0x0d, 1, 0, 0, 0, 0]).contains("unsigned bytes"));
        assert!(text(&LABELS[..6]).contains("within its header"));
        assert!(text(&LABELS[..10]).contains("cut off"));
        assert!(text(&[&LABELS[..], &[1]].concat()).contains("after its end"));
        assert!(text(&gz(&LABELS[..10])).contains("cut off"));
        assert!(text(&gz(&[&LABELS[..], &[1]].concat())).contains("after its end"));
        assert!(text(&gz(&LABELS)[..20]).contains("cut off"));
        assert!(text(b"").contains("starts with"));
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_anything_is_allocated() {
        let claims = [0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1, 2, 3];
        assert!(body(&claims).unwrap_err().to_string().contains("cut off"));
        assert!(body(&gz(&claims)).unwrap_err().to_string().contains("cannot unpack"));
        let pictures = file(&[[0, 0, 8, 3].as_slice(), &[0xff; 12]].concat());
        let error = IdxFile::open(pictures.path(), Kind::Pictures).unwrap_err();
        assert!(error.to_string().contains("impossible"), "{error}");
    }

    #[test]
    fn unpacking_can_be_cancelled() {
        let file = file(&LABELS);
        let opened = IdxFile::open(file.path(), Kind::Labels).unwrap();
        assert_eq!(opened.read_body(&AtomicBool::new(true)), Err(DataError::Cancelled));
    }
}
