//! A window on the lines of a text.

use std::io::{ErrorKind, Read};

const CHUNK: usize = 128 << 10;

/// Reads text and keeps what was not taken yet.
pub struct Text<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

/// Where a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineEnd {
    /// Bytes from the window's start to the end of the line, without its line feed.
    pub text: usize,
    /// The same with the line feed; equal to `text` where the input ends without one.
    pub next: usize,
}

/// Whether there is a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It ends here.
    At(LineEnd),
    /// It does not end within the limit.
    TooLong,
    /// The input ends where it would begin.
    None,
}

impl Line {
    fn within(limit: usize, end: LineEnd) -> Self {
        if end.text <= limit { Self::At(end) } else { Self::TooLong }
    }
}

impl<R: Read> Text<R> {
    pub fn new(input: R) -> Self {
        Self { input, buffer: vec![0; CHUNK], start: 0, end: 0, ended: false }
    }

    /// What was read and not taken.
    pub fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Find the end of the line that begins at `from` in the window, reading on at most until the window has `limit`
    /// bytes.
    pub fn line_end(&mut self, from: usize, limit: usize) -> std::io::Result<Line> {
        let mut searched = from;
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.window()[searched..]) {
                let text = searched + found;
                return Ok(Line::within(limit, LineEnd { text, next: text + 1 }));
            }
            searched = self.end - self.start;
            if self.ended {
                let end = LineEnd { text: searched, next: searched };
                return Ok(if searched > from { Line::within(limit, end) } else { Line::None });
            }
            if searched > limit {
                return Ok(Line::TooLong);
            }
            self.fill()?;
        }
    }

    /// Whether the input ended, and not with a line's end.
    pub fn is_cut(&self) -> bool {
        self.ended
            && self.window().last().is_some_and(|byte| *byte != b'\n')
            && !self.window().contains(&b'\n')
    }

    /// Take `count` bytes away.
    pub fn take(&mut self, count: usize) {
        self.start += count;
    }

    /// Read until the window has a chunk, or the input ends.
    pub fn fill_chunk(&mut self) -> std::io::Result<()> {
        while !self.ended && self.end - self.start < CHUNK / 2 {
            self.fill()?;
        }
        Ok(())
    }

    fn fill(&mut self) -> std::io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        match self.input.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
