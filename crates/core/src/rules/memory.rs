//! The low-memory gates of activation: whether there is memory for one more object, or one more process (SEC D.7).

/// What a machine has left of virtual memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The free share, in percent.
    pub free: u8,
    /// A trial allocation makes the paging file grow.
    pub grows: bool,
}

impl Memory {
    /// More than anybody needs.
    pub const PLENTY: Self = Self { free: 100, grows: true };

    /// The share below which no server process is started, in percent.
    pub const FOR_A_PROCESS: u8 = 10;

    /// The share below which no object is made, in percent.
    pub const FOR_AN_OBJECT: u8 = 5;

    /// Whether it is enough for an object, in a process that has to be started for it or in one that is there. The trial
    /// allocation decides where the share is small.
    pub const fn suffices(self, starts_process: bool) -> bool {
        let least = if starts_process { Self::FOR_A_PROCESS } else { Self::FOR_AN_OBJECT };
        self.free >= least || self.grows
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn a_small_share_closes_the_gate_when_nothing_grows() {
        for (free, object, process) in
            [(0, false, false), (4, false, false), (5, true, false), (9, true, false), (10, true, true)]
        {
            let memory = Memory { free, grows: false };
            assert_eq!((memory.suffices(false), memory.suffices(true)), (object, process), "{free} %");
            assert!(Memory { free, grows: true }.suffices(true));
        }
    }
}
