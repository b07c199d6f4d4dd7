//! File capabilities as text, `cap_net_raw=ep`, to the sets that a file carries (libcap, `cap_from_text(3)`).

/// Names in the order of their numbers (Linux, `include/uapi/linux/capability.h`).
const NAMES: [&str; 41] = [
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
];

const EVERY: u64 = (1 << NAMES.len()) - 1;

/// What the extended attribute `security.capability` of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCaps {
    /// The one effective bit: permitted capabilities are raised when the program starts.
    pub effective: bool,
    /// Bit n stands for capability n.
    pub permitted: u64,
    /// Likewise.
    pub inheritable: u64,
}

#[derive(Default)]
struct Sets {
    effective: u64,
    permitted: u64,
    inheritable: u64,
}

impl FileCaps {
    /// Parse what libcap writes and rpm keeps, such as `= cap_net_raw+ep`, `=ep cap_sys_admin-e` or `cap_a,cap_b=i`.
    ///
    /// # Errors
    /// A sentence for text that is none, for a capability without a known name, and for effective sets that no file
    /// can carry (a file has one effective bit for all it permits and lets inherit).
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut sets = Sets::default();
        for clause in text.split_ascii_whitespace() {
            apply(clause, &mut sets).map_err(|reason| format!("capabilities {text:?}: {reason}"))?;
        }
        let carried = sets.permitted | sets.inheritable;
        if sets.effective != 0 && carried & !sets.effective != 0 {
            return Err(format!(
                "capabilities {text:?}: a file cannot make only some of its capabilities effective"
            ));
        }
        Ok(Self { effective: sets.effective != 0, permitted: sets.permitted, inheritable: sets.inheritable })
    }

    /// The 17 bytes that stand for them in a fingerprint.
    #[must_use]
    pub fn encode(self) -> [u8; 17] {
        let mut bytes = [0; 17];
        bytes[0] = u8::from(self.effective);
        bytes[1..9].copy_from_slice(&self.permitted.to_be_bytes());
        bytes[9..].copy_from_slice(&self.inheritable.to_be_bytes());
        bytes
    }
}

/// One clause: a list of capabilities, then one or more of `=`, `+`, `-`, each with flags.
fn apply(clause: &str, sets: &mut Sets) -> Result<(), String> {
    let first = clause.find(['=', '+', '-']).ok_or_else(|| format!("{clause:?} has no =, + or -"))?;
    let (list, mut actions) = clause.split_at(first);
    if list.is_empty() && !actions.starts_with('=') {
        return Err(format!("{clause:?} names no capability"));
    }
    let chosen = choose(list)?;
    let mut reset_allowed = true;
    while let Some(operator) = actions.chars().next() {
        let rest = &actions[1..];
        let end = rest.find(['=', '+', '-']).unwrap_or(rest.len());
        let (flags, next) = rest.split_at(end);
        actions = next;
        match operator {
            '=' if reset_allowed => {
                raise(sets, "eip", chosen, false)?;
                raise(sets, flags, chosen, true)?;
            }
            '+' | '-' if !flags.is_empty() => raise(sets, flags, chosen, operator == '+')?,
            _ => return Err(format!("{clause:?} has {operator:?} in the wrong place")),
        }
        reset_allowed = false;
    }
    Ok(())
}

fn raise(sets: &mut Sets, flags: &str, chosen: u64, up: bool) -> Result<(), String> {
    for flag in flags.chars() {
        let set = match flag {
            'e' => &mut sets.effective,
            'i' => &mut sets.inheritable,
            'p' => &mut sets.permitted,
            other => return Err(format!("{other:?} is none of e, i, p")),
        };
        *set = if up { *set | chosen } else { *set & !chosen };
    }
    Ok(())
}

/// The capabilities of a list; none or `all` stands for the 41 that have a name. libcap takes those that its running
/// kernel knows, which are the same since Linux 5.9; a fingerprint must not depend on the kernel.
fn choose(list: &str) -> Result<u64, String> {
    if list.is_empty() || list.eq_ignore_ascii_case("all") {
        return Ok(EVERY);
    }
    list.split(',').try_fold(0, |chosen, name| Ok(chosen | 1 << number(name)?))
}

fn number(name: &str) -> Result<usize, String> {
    if let Some(known) = NAMES.iter().position(|candidate| candidate.eq_ignore_ascii_case(name)) {
        return Ok(known);
    }
    let digits =
        name.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("cap_")).map_or(name, |_| &name[4..]);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{name:?} is no capability"));
    }
    digits
        .parse()
        .ok()
        .filter(|number| *number < NAMES.len())
        .ok_or_else(|| format!("{name:?} is no capability"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(effective: bool, permitted: u64, inheritable: u64) -> FileCaps {
        FileCaps { effective, permitted, inheritable }
    }

    #[test]
    fn texts_of_old_and_new_libcap_mean_the_same() {
        let raw = caps(true, 1 << 13, 0);
        for text in
            ["cap_net_raw=ep", "cap_net_raw+ep", "= cap_net_raw+ep", "CAP_NET_RAW=pe", "13=ep", "cap_13=p+e"]
        {
            assert_eq!(FileCaps::parse(text).unwrap(), raw, "{text}");
        }
    }

    #[test]
    fn lists_and_clauses_add_up() {
        let both = 1 << 12 | 1 << 13;
        assert_eq!(FileCaps::parse("cap_net_admin,cap_net_raw=ep").unwrap(), caps(true, both, 0));
        assert_eq!(FileCaps::parse("cap_net_admin=p cap_net_raw+p").unwrap(), caps(false, both, 0));
        assert_eq!(FileCaps::parse("cap_net_admin=eip cap_net_raw+ep").unwrap(), caps(true, both, 1 << 12));
        assert_eq!(FileCaps::parse("cap_setuid=ip-i+e").unwrap(), caps(true, 1 << 7, 0));
    }

    #[test]
    fn nothing_before_the_sign_is_everything() {
        assert_eq!(FileCaps::parse("=").unwrap(), FileCaps::default());
        assert_eq!(FileCaps::parse("=p").unwrap(), caps(false, EVERY, 0));
        assert_eq!(FileCaps::parse("all=ep cap_chown-ep").unwrap(), caps(true, EVERY - 1, 0));
        assert_eq!(FileCaps::parse("=ip cap_chown=").unwrap(), caps(false, EVERY - 1, EVERY - 1));
    }

    #[test]
    fn a_file_has_one_effective_bit() {
        assert!(FileCaps::parse("=p cap_chown+e").unwrap_err().contains("effective"));
        assert!(FileCaps::parse("=ep cap_chown-e").unwrap_err().contains("effective"));
        assert_eq!(FileCaps::parse("cap_chown=e").unwrap(), caps(true, 0, 0));
    }

    #[test]
    fn what_libcap_refuses_is_refused() {
        for text in [
            "cap_net_raw",
            "+ep",
            "-e",
            "cap_net_raw+",
            "cap_net_raw=x",
            "cap_nothing=e",
            "a=e=p",
            "41=p",
            "cap_net_raw,=e",
            "cap_=e",
            "cap_chown+e=p",
            "ä=e",
            "cap_ä=p",
        ] {
            assert!(FileCaps::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_encoding_is_the_specified_one() {
        let bytes = caps(true, 1 << 13, 2).encode();
        assert_eq!(hex::encode(bytes), "010000000000002000".to_owned() + "0000000000000002");
    }
}
