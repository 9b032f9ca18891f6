//! The activity property: how an activation tells another process in which activity the client runs (SYN 4.8).

use crate::error::MarshalError;
use core::time::Duration;
use uuid::Uuid;

/// The version of the format: MaxVersion and MinVersion are both 1.
const VERSION: u16 = 1;
/// INFINITE on the wire.
const INFINITE: u32 = u32::MAX;

/// An activity as it travels: its id and its time-out. The lock does not travel; each process has its own.
///
/// ```
/// use complus_core::context::ActivityProperty;
/// let property = ActivityProperty { activity: uuid::Uuid::from_u128(7), timeout: None };
/// let wire = property.encode();
/// assert_eq!((wire.len(), &wire[..4], &wire[20..]), (24, &[1, 0, 1, 0][..], &[0xFF; 4][..]));
/// assert_eq!(ActivityProperty::decode(&wire), Ok(property));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityProperty {
    /// The GUID of the activity.
    pub activity: Uuid,
    /// How long a call waits for the activity; `None` is for ever. On the wire it is counted in milliseconds.
    pub timeout: Option<Duration>,
}

impl ActivityProperty {
    /// Its length on the wire, in bytes.
    pub const LENGTH: usize = 24;

    /// The wire form (MS-COM 2.2.2.2), little endian: MaxVersion, MinVersion, the id, the time-out in milliseconds.
    /// A part of a millisecond counts as a whole one.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let milliseconds = match self.timeout {
            None => INFINITE,
            // The longest time-out that is not INFINITE stands for everything above it.
            Some(timeout) => {
                u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(INFINITE).min(INFINITE - 1)
            }
        };
        let mut wire = [0; Self::LENGTH];
        wire[..2].copy_from_slice(&VERSION.to_le_bytes());
        wire[2..4].copy_from_slice(&VERSION.to_le_bytes());
        wire[4..20].copy_from_slice(&self.activity.to_bytes_le());
        wire[20..].copy_from_slice(&milliseconds.to_le_bytes());
        wire
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// [`MarshalError::BadActivityProperty`] (RPC_E_INVALID_OBJREF) for another length, another version, and for
    /// GUID_NULL, which names no activity.
    pub fn decode(wire: &[u8]) -> Result<Self, MarshalError> {
        let wire: &[u8; Self::LENGTH] = wire.try_into().map_err(|_| MarshalError::BadActivityProperty)?;
        let (version, rest) = wire.split_at(4);
        let (id, timeout) = rest.split_at(16);
        let activity = Uuid::from_slice_le(id).map_err(|_| MarshalError::BadActivityProperty)?;
        if version != [1, 0, 1, 0] || activity.is_nil() {
            return Err(MarshalError::BadActivityProperty);
        }
        let milliseconds = timeout.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        let timeout = (milliseconds != INFINITE).then(|| Duration::from_millis(milliseconds.into()));
        Ok(Self { activity, timeout })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::hresult::RPC_E_INVALID_OBJREF;
    use std::vec::Vec;

    const PROPERTY: ActivityProperty = ActivityProperty {
        activity: Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff),
        timeout: Some(Duration::from_millis(0x0102_0304)),
    };

    #[test]
    fn the_bytes_are_those_of_the_protocol() {
        let wire = PROPERTY.encode();
        assert_eq!(wire[..4], [1, 0, 1, 0]);
        // A GUID travels with its first three parts in little endian.
        let id = [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        assert_eq!(wire[4..20], id);
        assert_eq!(wire[20..], [4, 3, 2, 1]);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let longest = Duration::from_millis(0xFFFF_FFFE);
        for timeout in [None, Some(Duration::ZERO), Some(Duration::from_millis(100)), Some(longest)] {
            let property = ActivityProperty { timeout, ..PROPERTY };
            assert_eq!(ActivityProperty::decode(&property.encode()), Ok(property));
        }
        let rounded = |timeout| {
            ActivityProperty::decode(&ActivityProperty { timeout: Some(timeout), ..PROPERTY }.encode()).unwrap().timeout
        };
        assert_eq!(rounded(Duration::from_nanos(1)), Some(Duration::from_millis(1)));
        assert_eq!(rounded(longest + Duration::from_nanos(1)), Some(longest), "what is finite stays finite");
        assert_eq!(rounded(Duration::MAX), Some(longest));
    }

    #[test]
    fn bad_input_is_refused() {
        let good = PROPERTY.encode();
        let changed = |place: usize, byte: u8| {
            let mut wire = good;
            wire[place] = byte;
            wire.to_vec()
        };
        let mut long = good.to_vec();
        long.push(0);
        let null = ActivityProperty { activity: Uuid::nil(), ..PROPERTY }.encode().to_vec();
        let versions = [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2), (3, 1)].map(|(place, byte)| changed(place, byte));
        for bad in [Vec::new(), good[..23].to_vec(), long, null].into_iter().chain(versions) {
            let error = ActivityProperty::decode(&bad).unwrap_err();
            assert_eq!(error, MarshalError::BadActivityProperty, "{bad:?}");
            assert_eq!(error.hresult(), RPC_E_INVALID_OBJREF);
        }
    }
}
