//! A stream in memory, which packets are written to and read from.

use complus_core::error::{MarshalError, Result};
use complus_sync::{Arc, Mutex};
use std::fmt;

/// IStream over memory: bytes and a position. Clones are the same stream, and it can be sent anywhere.
///
/// ```
/// # use complus_runtime::Stream;
/// let stream = Stream::new();
/// stream.write(b"MEOW");
/// assert!(stream.is_at_end());
/// stream.rewind();
/// assert_eq!(stream.read::<4>()?, *b"MEOW");
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Stream(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    position: usize,
}

impl Stream {
    /// CreateStreamOnHGlobal: an empty stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Write at the position, which moves behind what was written.
    pub fn write(&self, bytes: &[u8]) {
        let Content { bytes: content, position } = &mut *self.0.lock();
        let end = (*position + bytes.len()).min(content.len());
        content.splice(*position..end, bytes.iter().copied());
        *position += bytes.len();
    }

    /// Read: the next `N` bytes; the position moves behind them.
    ///
    /// # Errors
    /// STG_E_READFAULT when there are fewer; the position stays.
    pub fn read<const N: usize>(&self) -> Result<[u8; N]> {
        let content = &mut *self.0.lock();
        let next = content.bytes.get(content.position..).and_then(<[u8]>::first_chunk::<N>).copied();
        content.position += if next.is_some() { N } else { 0 };
        next.ok_or_else(|| MarshalError::NothingToRead.into())
    }

    /// Seek to `position` from the start; at most to the end. Answers the new position.
    pub fn seek(&self, position: usize) -> usize {
        let content = &mut *self.0.lock();
        content.position = position.min(content.bytes.len());
        content.position
    }

    /// Seek to the start.
    pub fn rewind(&self) {
        self.seek(0);
    }

    /// The position.
    pub fn position(&self) -> usize {
        self.0.lock().position
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.lock().bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing is left to read.
    pub fn is_at_end(&self) -> bool {
        let content = self.0.lock();
        content.position == content.bytes.len()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("position", &self.position()).field("len", &self.len()).finish()
    }
}
