//! Every combination of some choices, one after the other.

/// Cuts a number into choices, like digits: all numbers below the product of the lengths make all
/// combinations.
pub(crate) struct Choices(usize);

impl Choices {
    /// One of `values`.
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        let value = values[self.0 % values.len()];
        self.0 /= values.len();
        value
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self) -> bool {
        self.pick(&[false, true])
    }
}

/// All values that `make` can make of a number: as many as it takes until the choices repeat.
pub(crate) fn all<T>(make: impl Fn(&mut Choices) -> T) -> impl Iterator<Item = T> {
    (0..).map_while(move |number| {
        let mut choices = Choices(number);
        let value = make(&mut choices);
        (choices.0 == 0).then_some(value)
    })
}
