//! Reading bytes that may be anything.

/// The rest of some bytes. Every read that finds too few gives `None`.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A byte that is 0 or 1.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Bytes behind their number.
    pub(crate) fn field(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.slice(length as usize)
    }

    /// Text behind the number of its bytes.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.field()?).ok()
    }

    /// What may be there, behind a flag.
    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    /// A list behind its length.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.number()?;
        // Room for what was announced is made as it is read: the number may be anything.
        (0..length).map(|_| read(self)).collect()
    }
}

/// Writes what a [`Reader`] reads.
pub(crate) trait Write {
    fn number(&mut self, number: usize);
    fn field(&mut self, bytes: &[u8]);
    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T));
    fn list<T>(&mut self, values: &[T], write: impl FnMut(&mut Self, &T));
}

impl Write for Vec<u8> {
    fn number(&mut self, number: usize) {
        // Values end at 256 MiB.
        self.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.extend_from_slice(bytes);
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(values.len());
        for value in values {
            write(self, value);
        }
    }
}
