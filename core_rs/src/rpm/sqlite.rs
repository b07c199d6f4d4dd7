//! `rpmdb.sqlite`: the table `Packages(hnum INTEGER, blob BLOB)` holds one header per package.
//!
//! The database is evidence: nothing is written into it or beside it. A plain read-only open of a database in WAL mode
//! makes `-wal` and `-shm` files there, so `SQLite` is told that the file is immutable, and where a log holds newer rows
//! both are read from a private copy. Its content is hostile: `SQLite` gets no more rights, memory and time than the
//! reading of one table needs.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::header::{self, Header};
use super::package::{self, Companions, Package};
use super::private_copy::{PrivateDirectory, State, copy_at_rest, state};
use super::{Parsed, signature, tags};
use crate::error::{Error, Result};

/// Longest value that `SQLite` may hand out: the largest header rpm takes, with its index.
const LONGEST_BLOB: i32 = 0x1100_0000;
/// Headers beyond this many bytes wait for the next batch.
const BATCH_BYTES: usize = 32 << 20;
/// Virtual machine steps between two looks at the budget, and how many looks there are.
const STEPS: i32 = 100_000;
const LOOKS: u32 = 20_000;

/// An open database; packages come out in the order of their header numbers.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    place: PathBuf,
    watched: Vec<(PathBuf, State)>,
    /// Bytes of headers that can still come: together they cannot be more than the file.
    budget: u64,
    last: Option<i64>,
    done: bool,
    _copy: Option<PrivateDirectory>,
}

impl Database {
    /// Open the database file at `path`, check its structure, and make ready to read.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::RpmFormat`] where it is damaged or no rpm database,
    /// [`Error::ChangedWhileRead`] where a writer never lets it rest.
    pub fn open(path: &Path) -> Result<Self> {
        let place = path.to_path_buf();
        let real = path.canonicalize().map_err(|error| Error::io("open", path, error))?;
        // SQLite's own words for these failures are poorer.
        state(&real)?;
        File::open(&real).map_err(|error| Error::io("open", path, error))?;
        let mut watched = Vec::new();
        for suffix in ["", "-wal", "-journal"] {
            let file = beside(&real, suffix);
            let now = state(&file)?;
            watched.push((file, now));
        }
        let filled = |state: &State| state.is_some_and(|(_, _, size, ..)| size > 0);
        let mut budget = watched.iter().filter_map(|(_, state)| *state).map(|(_, _, size, ..)| size).sum();
        // A log or a journal that holds something makes the database alone half the truth.
        let copy = if watched[1..].iter().any(|(_, state)| filled(state)) {
            let files: Vec<PathBuf> = watched.drain(..).map(|(file, _)| file).collect();
            let (copy, size) = copy_at_rest(&files)?;
            budget = size;
            Some(copy)
        } else {
            None
        };
        let source = copy.as_ref().map(|copy| copy.path().join(real.file_name().unwrap_or_default()));
        let mut connection = connect(source.as_deref().unwrap_or(&real), source.is_none())
            .and_then(|mut connection| harden(&mut connection).map(|()| connection))
            .map_err(|error| damaged(&place, &error))?;
        check_schema(&connection, &place)?;
        connection.authorizer(Some(only_read)).map_err(|error| damaged(&place, &error))?;
        Ok(Self { connection, place, watched, budget, last: None, done: false, _copy: copy })
    }

    /// Read up to `limit` further packages; an empty answer is the end, and the database did not change until then.
    ///
    /// # Errors
    /// [`Error::RpmFormat`] that names header number and package where one is damaged,
    /// [`Error::ChangedWhileRead`] at the end when the database was written meanwhile.
    pub fn next_batch(&mut self, limit: usize) -> Result<Vec<Package>> {
        let mut packages = Vec::new();
        while packages.is_empty() && !self.done {
            let rows = self.rows(limit)?;
            self.done = rows.is_empty();
            for (number, blob) in rows {
                packages.extend(self.package(number, &blob)?);
            }
        }
        if packages.is_empty() {
            self.check_unchanged()?;
        }
        Ok(packages)
    }

    /// The next rows as (number, header); none is the end.
    fn rows(&mut self, limit: usize) -> Result<Vec<(i64, Vec<u8>)>> {
        // NOT INDEXED: a planted index must not answer in the table's stead.
        let query =
            "SELECT rowid, hnum, blob FROM Packages NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
        let read = || {
            let mut statement = self.connection.prepare(query)?;
            let after = self.last.unwrap_or(i64::MIN);
            let mut rows = statement.query((after, i64::try_from(limit).unwrap_or(i64::MAX)))?;
            let (mut batch, mut held) = (Vec::new(), 0);
            while held < BATCH_BYTES
                && let Some(row) = rows.next()?
            {
                let (key, number, blob): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                held += blob.len();
                batch.push((key, number, blob));
            }
            Ok(batch)
        };
        let batch: Vec<(i64, i64, Vec<u8>)> = read().map_err(|error| damaged(&self.place, &error))?;
        for (key, number, blob) in &batch {
            // Pages that point at each other would otherwise yield rows without end.
            if self.last.is_some_and(|last| *key <= last) {
                return Err(self.fault(&format!("header {number} is out of order")));
            }
            self.last = Some(*key);
            let Some(rest) = self.budget.checked_sub(blob.len() as u64) else {
                return Err(self.fault("its headers are larger than the file that holds them"));
            };
            self.budget = rest;
        }
        Ok(batch.into_iter().map(|(_, number, blob)| (number, blob)).collect())
    }

    /// The package of one row; None for the pseudo package of a key.
    fn package(&self, number: i64, blob: &[u8]) -> Result<Option<Package>> {
        let place = |name: Option<&[u8]>| {
            let name = name.map(|name| format!(" ({})", String::from_utf8_lossy(name))).unwrap_or_default();
            format!("{}: header {number}{name}", self.place.display())
        };
        let header = Header::parse(blob, header::MAIN, tags::HEADER_IMMUTABLE)
            .map_err(|fault| fault.at(place(None), 0))?;
        let read = |header: &Header<'_>| -> Parsed<Option<Package>> {
            if package::is_pseudo(header)? {
                return Ok(None);
            }
            package::read(header, &companions(header)).map(Some)
        };
        read(&header).map_err(|fault| fault.at(place(header.string(tags::NAME).ok().flatten()), 0))
    }

    fn check_unchanged(&self) -> Result<()> {
        for (file, before) in &self.watched {
            if state(file)? != *before {
                return Err(Error::ChangedWhileRead { path: self.place.clone() });
            }
        }
        Ok(())
    }

    fn fault(&self, reason: &str) -> Error {
        Error::RpmFormat { place: self.place.display().to_string(), offset: 0, reason: reason.into() }
    }
}

fn companions<'a>(header: &Header<'a>) -> Companions<'a> {
    let texts = |tag| {
        let strings = header.appended(tag).filter_map(|entry| header.entry_strings(entry));
        strings.flatten().collect()
    };
    Companions {
        issuer: signature::in_database(header),
        sha256: texts(tags::signature::SHA256_HEADER),
        sha1: texts(tags::signature::SHA1_HEADER),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Open for reading. A private copy is opened for writing, so that `SQLite` can bring in what its log holds.
fn connect(path: &Path, immutable: bool) -> rusqlite::Result<Connection> {
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    if !immutable {
        return Connection::open_with_flags(path, base | OpenFlags::SQLITE_OPEN_READ_WRITE);
    }
    let encode = |byte: &u8| match byte {
        b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let encoded: String = path.as_os_str().as_bytes().iter().map(encode).collect();
    let uri = format!("file:{encoded}?immutable=1");
    Connection::open_with_flags(uri, base | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

/// Take from `SQLite` whatever reading one table does not need (sqlite.org/security.html).
fn harden(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, LONGEST_BLOB),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 10),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 10),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    let mut looks = 0_u32;
    connection.progress_handler(
        STEPS,
        Some(move || {
            looks += 1;
            looks > LOOKS
        }),
    )?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Expressions of the database's author, which a structure check would evaluate for every row.
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "query_only", true)
}

/// The table must be what rpm makes, and its pages must be whole.
fn check_schema(connection: &Connection, place: &Path) -> Result<()> {
    let fault = |reason: String| Error::RpmFormat { place: place.display().to_string(), offset: 0, reason };
    let schema = "SELECT name, type, hidden FROM pragma_table_xinfo('Packages')";
    let read = || {
        let kind =
            "SELECT count(*) FROM sqlite_schema WHERE name = 'Packages' AND type = 'table' AND rootpage > 0";
        let tables: i64 = connection.query_row(kind, (), |row| row.get(0))?;
        let mut statement = connection.prepare(schema)?;
        let columns = statement.query_map((), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })?;
        Ok((tables, columns.collect::<rusqlite::Result<Vec<_>>>()?))
    };
    let (tables, columns) = read().map_err(|error| damaged(place, &error))?;
    let found: Vec<_> = columns.iter().map(|(name, kind, hidden)| (&**name, &**kind, *hidden)).collect();
    if tables != 1 {
        return Err(fault("no rpm database: it has no table Packages".into()));
    }
    if found != [("hnum", "INTEGER", 0), ("blob", "BLOB", 0)] {
        return Err(fault("no rpm database: its table Packages has other columns than hnum and blob".into()));
    }
    let check: String = connection
        .query_row("PRAGMA quick_check('Packages')", (), |row| row.get(0))
        .map_err(|error| damaged(place, &error))?;
    if check != "ok" {
        return Err(fault(format!("the database is damaged: {}", check.replace('\n', " "))));
    }
    Ok(())
}

/// From here on only rows of the one table are read.
fn only_read(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { table_name: "Packages", .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn damaged(place: &Path, error: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, OperationInterrupted, TooBig};
    let reason = match error.sqlite_error_code() {
        Some(NotADatabase) => "this is no SQLite database".into(),
        Some(DatabaseCorrupt) => format!("the database is damaged: {error}"),
        Some(OperationInterrupted) => "reading it takes more steps than any rpm database needs".into(),
        Some(TooBig) => format!("a header is larger than {LONGEST_BLOB} bytes"),
        _ => format!("SQLite cannot read it: {error}"),
    };
    Error::RpmFormat { place: place.display().to_string(), offset: 0, reason }
}
