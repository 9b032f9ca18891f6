//! Result codes: [`HResult`], its named values and their meanings.
//!
//! An HRESULT is the 32-bit number that a COM or COM+ call returns. The top bit
//! is the severity (clear = success, set = failure), bits 16 to 26 are the
//! facility that defines the value, the low 16 bits are its code. There are
//! several success values ([`S_FALSE`], [`XACT_S_LOCALLY_OK`]), and the letter in
//! a name is a habit, not a rule: [`RPC_S_CALLPENDING`] is a failure. Ask
//! [`HResult::is_success`].
//!
//! # How a value prints
//!
//! A named value prints with its name, any other as a bare number; `Display` and
//! `Debug` agree. `{:x}` and `{:X}` give the digits alone.
//!
//! ```
//! use complus_core::hresult::{CO_E_THREADPOOL_CONFIG, HResult};
//!
//! assert_eq!(
//!     CO_E_THREADPOOL_CONFIG.to_string(),
//!     "CO_E_THREADPOOL_CONFIG (0x80004031)"
//! );
//! assert_eq!(HResult::from_bits(0x8004_1234).to_string(), "0x80041234");
//! ```
//!
//! # Which values have a name
//!
//! Those that the specification names, with the number of the header that lists
//! them ([`HResult::source`]). Where two lists give one number two names, the one
//! of winerror.h counts (O-20): 0x8004E005 is [`CONTEXT_E_WOULD_DEADLOCK`].

use core::error::Error;
use core::fmt;
use core::str::FromStr;

mod codes;

pub use codes::*;

/// The result of a call: a 32-bit number in which the top bit means failure.
///
/// Equality and order are those of the number, so all failures sort before all
/// successes. The type implements [`Error`] so that `?` can carry it; that a value
/// travels as an error is the caller's choice, success values do not prevent it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct HResult(pub i32);

impl HResult {
    /// The value whose 32 bits are `bits`: `from_bits(0x8000_4005)` is [`E_FAIL`].
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits.cast_signed())
    }

    /// The 32 bits as they are written in tables and headers.
    pub const fn bits(self) -> u32 {
        self.0.cast_unsigned()
    }

    /// True if the top bit is clear, as in [`S_OK`] and [`S_FALSE`].
    pub const fn is_success(self) -> bool {
        self.0 >= 0
    }

    /// True if the top bit is set.
    pub const fn is_failure(self) -> bool {
        !self.is_success()
    }

    /// The facility, bits 16 to 26: 4 for interface-defined values such as
    /// `CONTEXT_E_*`, 7 for Win32 errors, 17 for the catalog.
    pub const fn facility(self) -> u16 {
        ((self.bits() >> 16) & 0x7FF) as u16
    }

    /// The code within the facility, the low 16 bits.
    pub const fn code(self) -> u16 {
        (self.bits() & 0xFFFF) as u16
    }

    /// The name of the value: `"CO_E_THREADPOOL_CONFIG"`.
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.name)
    }

    /// What the value says, in one line without a full stop.
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// Where the value is listed: the header, then parts and sections of the
    /// specification, as in `"winerror.h; SWC 1.5, ACT 10"`.
    pub fn source(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.source)
    }

    /// The row of [`TABLE`] that describes the value; `None` if it has no name.
    pub fn entry(self) -> Option<&'static Entry> {
        let at = TABLE.partition_point(|entry| entry.value.bits() < self.bits());
        TABLE.get(at).filter(|entry| entry.value == self)
    }

    /// The value with this name, in any mixture of cases. Understands the rows of
    /// [`TABLE`] and the few documented spellings that stand for one of them.
    ///
    /// ```
    /// use complus_core::hresult::{HResult, XACT_E_XTIONEXISTS};
    ///
    /// // a documented name to which no header gives a number (T-1)
    /// let alias = HResult::from_name("CONTEXT_E_ALREADYINTRANSACTION");
    /// assert_eq!(alias, Some(XACT_E_XTIONEXISTS));
    /// assert_eq!(HResult::from_name("CONTEXT_E_UNHEARD_OF"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        // No two names differ in case alone, so one pass finds the exact match too.
        let named = TABLE.iter().map(|entry| (entry.name, entry.value));
        named
            .chain(codes::ALIASES.iter().copied())
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// `NAME (0x80004031)`, or `0x80041234` for a value without a name.
impl fmt::Display for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{self:08X})"),
            None => write!(f, "0x{self:08X}"),
        }
    }
}

/// The same text as `Display`, which is what a failed assertion should show.
impl fmt::Debug for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::LowerHex for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.bits(), f)
    }
}

impl fmt::UpperHex for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::UpperHex::fmt(&self.bits(), f)
    }
}

impl Error for HResult {}

/// One row of [`TABLE`]: a named value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, spelled as the constant of this module.
    pub name: &'static str,
    /// The value.
    pub value: HResult,
    /// What the value says, in one line without a full stop.
    pub meaning: &'static str,
    /// Where the value is listed, see [`HResult::source`].
    pub source: &'static str,
}

/// The text is neither a known name nor `0x` and one to eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseHResultError(());

impl fmt::Display for ParseHResultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a known HRESULT name or a 0x-prefixed number")
    }
}

impl Error for ParseHResultError {}

/// Reads a name ([`HResult::from_name`]) or `0x` and one to eight hexadecimal
/// digits. A number need not have a name.
///
/// ```
/// use complus_core::hresult::{E_FAIL, HResult, S_OK};
///
/// assert_eq!("S_OK".parse(), Ok(S_OK));
/// assert_eq!("0x80004005".parse(), Ok(E_FAIL));
/// assert!("80004005".parse::<HResult>().is_err());
/// ```
impl FromStr for HResult {
    type Err = ParseHResultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        match digits {
            Some(digits) => parse_bits(digits).map(Self::from_bits),
            None => Self::from_name(text),
        }
        .ok_or(ParseHResultError(()))
    }
}

fn parse_bits(digits: &str) -> Option<u32> {
    // from_str_radix would take a sign, and any number of leading zeros
    let valid = digits.len() <= 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// What the body of a call may return: anything that ends as an [`HResult`].
///
/// `()` and `Ok` end as [`S_OK`], whatever the `Ok` holds; `Err` as its error's
/// value. To return another success value, return the `HResult` itself.
///
/// ```
/// use complus_core::hresult::{E_ACCESSDENIED, HResult, IntoHResult, S_OK};
///
/// fn withdraw(allowed: bool) -> Result<u32, HResult> {
///     if allowed { Ok(10) } else { Err(E_ACCESSDENIED) }
/// }
/// assert_eq!(withdraw(true).into_hresult(), S_OK);
/// assert_eq!(withdraw(false).into_hresult(), E_ACCESSDENIED);
/// ```
pub trait IntoHResult {
    /// The value that the caller of the call receives.
    fn into_hresult(self) -> HResult;
}

impl IntoHResult for () {
    fn into_hresult(self) -> HResult {
        S_OK
    }
}

impl IntoHResult for HResult {
    fn into_hresult(self) -> HResult {
        self
    }
}

impl<T, E: Into<HResult>> IntoHResult for Result<T, E> {
    fn into_hresult(self) -> HResult {
        self.map_or_else(Into::into, |_| S_OK)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::format;
    use std::string::ToString;

    #[test]
    fn the_table_is_sorted_by_unsigned_value() {
        assert!(TABLE.is_sorted_by_key(|entry| entry.value.bits()));
    }

    #[test]
    fn no_two_names_differ_in_case_alone() {
        let rows = TABLE.iter().map(|entry| entry.name);
        let names = rows.chain(codes::ALIASES.iter().map(|(name, _)| *name));
        let mut seen = std::collections::HashSet::new();
        for name in names {
            assert!(seen.insert(name.to_ascii_uppercase()), "{name} twice");
        }
    }

    #[test]
    fn every_row_is_complete_and_in_one_line() {
        for entry in TABLE {
            let Entry { name, meaning, source, .. } = entry;
            for text in [*name, *meaning, *source] {
                assert!(!text.is_empty() && text.trim() == text, "{name}: {text:?}");
                assert!(!text.contains('\n'), "{name}: {text:?}");
            }
            assert!(!meaning.ends_with('.'), "{name}: {meaning:?}");
            assert!(source.contains("; "), "{name}: {source:?}");
        }
    }

    #[test]
    fn every_value_finds_its_row_and_every_name_its_value() {
        for entry in TABLE {
            assert_eq!(entry.value.entry().map(|found| found.value), Some(entry.value));
            assert_eq!(entry.name.parse(), Ok(entry.value));
            assert_eq!(entry.name.to_ascii_lowercase().parse(), Ok(entry.value));
            assert_eq!(format!("{:#010x}", entry.value).parse(), Ok(entry.value));
        }
    }

    #[test]
    fn a_row_has_name_meaning_and_source() {
        let value = CONTEXT_E_OLDREF;
        let entry = value.entry().unwrap();
        assert_eq!(value.name(), Some("CONTEXT_E_OLDREF"));
        assert_eq!(value.meaning(), Some(entry.meaning));
        assert_eq!(value.source(), Some("winerror.h; SWC 1.5, ACT 10, TXN 2.3"));
    }

    #[test]
    fn the_values_are_those_of_the_specification() {
        // SWC 1.5, ACT 10, SYN 2.2, TXN 2.3, TXN 2.4, SEC A.7, SEC D.3, SYN 10.2
        for (value, bits) in [
            (S_OK, 0x0000_0000),
            (E_OUTOFMEMORY, 0x8007_000E),
            (CO_E_ASYNC_WORK_REJECTED, 0x8000_4029),
            (CO_E_SXS_CONFIG, 0x8000_4032),
            (COMADMIN_E_PARTITIONS_DISABLED, 0x8011_0824),
            (XACT_S_LOCALLY_OK, 0x0004_D00A),
            (XACT_E_ABORTING, 0x8004_D029),
            (CONTEXT_E_TMNOTAVAILABLE, 0x8004_E00F),
            (CO_E_ISOLEVELMISMATCH, 0x8004_E02F),
            (RPC_E_WRONG_THREAD, 0x8001_010E),
            (CO_E_SERVER_STOPPING, 0x8008_0008),
            (REGDB_E_BADTHREADINGMODEL, 0x8004_0156),
            (CO_E_OBJNOTCONNECTED, 0x8004_01FD),
            (RPC_E_NO_SYNC, 0x8001_0120),
            (MTXDM_E_ENLISTRESOURCEFAILED, 0x8004_E100),
            (XACT_E_HEURISTICDANGER, 0x8004_D007),
            (XACT_E_TIP_DISABLED, 0x8004_D023),
            (XACT_E_LU_TX_DISABLED, 0x8004_D02C),
            (XACT_E_REPLAYREQUEST, 0x8004_D085),
            (XACT_E_RECOVERY_FAILED, 0x8004_D107),
            (XACT_E_NOLASTRESOURCEINTERFACE, 0x8004_D113),
            (XACT_OK_NONOTIFY, 0x0004_D101),
            (COMADMIN_E_COMPFILE_NOTINSTALLABLE, 0x8011_0429),
            (COMQC_E_UNTRUSTED_ENQUEUER, 0x8011_0606),
            (EVENT_S_NOSUBSCRIBERS, 0x0004_0202),
            (STG_E_READFAULT, 0x8003_001E),
        ] {
            assert_eq!(value.bits(), bits, "{value}");
        }
    }

    #[test]
    fn where_two_lists_disagree_the_name_of_winerror_h_counts() {
        let name = |bits| HResult::from_bits(bits).name();
        assert_eq!(name(0x8004_E005), Some("CONTEXT_E_WOULD_DEADLOCK"));
        assert_eq!(name(0x8011_0603), Some("COMQC_E_NO_IPERSISTSTREAM"));
    }

    #[test]
    fn a_documented_name_without_a_number_is_an_alias() {
        let alias = HResult::from_name("CONTEXT_E_ALREADYINTRANSACTION").unwrap();
        assert_eq!(alias, XACT_E_XTIONEXISTS);
        assert_eq!(alias.to_string(), "XACT_E_XTIONEXISTS (0x8004D013)");
        for (name, value) in codes::ALIASES {
            assert_eq!(name.parse(), Ok(*value));
        }
    }

    #[test]
    fn a_named_value_prints_name_and_number() {
        let value = CO_E_THREADPOOL_CONFIG;
        assert_eq!(format!("{value}"), "CO_E_THREADPOOL_CONFIG (0x80004031)");
        assert_eq!(format!("{value:?}"), "CO_E_THREADPOOL_CONFIG (0x80004031)");
        assert_eq!(format!("{value:x} {value:#X}"), "80004031 0x80004031");
        assert_eq!(S_OK.to_string(), "S_OK (0x00000000)");
    }

    #[test]
    fn an_unknown_value_prints_as_a_number() {
        for bits in [0x8004_1234, 0x0000_0002, 0x7FFF_FFFF, 0xFFFF_FFFF] {
            let value = HResult::from_bits(bits);
            assert_eq!(value.entry(), None);
            assert_eq!(value.name(), None);
            assert_eq!(value.meaning(), None);
            assert_eq!(value.source(), None);
            assert_eq!(format!("{value} {value:?}"), format!("0x{bits:08X} 0x{bits:08X}"));
        }
    }

    #[test]
    fn numbers_are_read_with_up_to_eight_digits() {
        assert_eq!("0x80041234".parse(), Ok(HResult::from_bits(0x8004_1234)));
        assert_eq!("0X8000ffff".parse(), Ok(E_UNEXPECTED));
        assert_eq!("0x1".parse(), Ok(S_FALSE));
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "0x",
            "0x+1",
            "0x-1",
            "0x080004005",
            "0x8000_4005",
            "0xE_FAIL",
            "80004005",
            "-2147467259",
            " S_OK",
            "S_OK ",
            "CO_E_",
            "XACT_E_TIP_*",
        ] {
            let error = text.parse::<HResult>().unwrap_err();
            assert_eq!(error.to_string(), "not a known HRESULT name or a 0x-prefixed number", "{text:?}");
        }
    }

    #[test]
    fn severity_facility_and_code_are_cut_from_the_bits() {
        for (value, success, facility, code) in [
            (S_FALSE, true, 0, 1),
            (XACT_S_LOCALLY_OK, true, 4, 0xD00A),
            (CONTEXT_E_ABORTED, false, 4, 0xE002),
            (RPC_S_CALLPENDING, false, 1, 0x0115),
            (E_ACCESSDENIED, false, 7, 5),
            (COMADMIN_E_OBJECTERRORS, false, 17, 0x0401),
            (HResult::from_bits(0xFFFF_FFFF), false, 0x7FF, 0xFFFF),
        ] {
            assert_eq!(value.is_success(), success, "{value}");
            assert_eq!(value.is_failure(), !success, "{value}");
            assert_eq!(value.facility(), facility, "{value}");
            assert_eq!(value.code(), code, "{value}");
        }
    }

    #[test]
    fn a_failure_travels_by_the_question_mark() {
        fn inner() -> Result<(), HResult> {
            Err(CONTEXT_E_NOCONTEXT)
        }
        fn outer() -> Result<(), std::boxed::Box<dyn Error>> {
            inner()?;
            Ok(())
        }
        let error = outer().unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&CONTEXT_E_NOCONTEXT));
    }

    #[test]
    fn call_bodies_end_as_hresults() {
        assert_eq!(().into_hresult(), S_OK);
        assert_eq!(S_FALSE.into_hresult(), S_FALSE);
        assert_eq!(Ok::<_, HResult>("balance").into_hresult(), S_OK);
        assert_eq!(Err::<(), _>(E_FAIL).into_hresult(), E_FAIL);
    }
}
