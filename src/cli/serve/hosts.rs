//! The host names that requests may be for.

use std::net::IpAddr;

/// Which names in a `Host` header are this server's.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// Names that were allowed on the command line, in lower case.
    named: Vec<String>,
    /// Whether others than this machine can reach the server; then any address is one that somebody may call it by.
    exposed: bool,
}

impl Hosts {
    pub(super) fn new(named: &[String], exposed: bool) -> Self {
        Hosts { named: named.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect(), exposed }
    }

    /// Whether a `Host` header names this server, on whatever port.
    pub(super) fn allow(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = name.parse::<IpAddr>() {
            return self.exposed || address.is_loopback();
        }
        name == "localhost" || name.ends_with(".localhost") || self.named.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_served() {
        let hosts = Hosts::new(&["Host.Docker.Internal".to_owned()], false);
        let ours = [
            "localhost",
            "localhost:4599",
            "LOCALHOST:1",
            "127.0.0.1:80",
            "[::1]:80",
            "[::1]",
            "vpce-1.localhost:80",
            "host.docker.internal:1",
        ];
        for host in ours {
            assert!(hosts.allow(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:4599", "10.0.0.1:80", "", ":80", "[10::1]:80", "notlocalhost"] {
            assert!(!hosts.allow(host), "{host}");
        }
        assert!(Hosts::new(&[], true).allow("10.0.0.1:80"));
        assert!(!Hosts::new(&[], true).allow("evil.example"));
    }
}
