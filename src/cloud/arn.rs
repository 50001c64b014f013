//! Amazon Resource Names.

/// The six parts of an ARN, borrowed from its text.
///
/// Source: "Identify AWS resources with Amazon Resource Names (ARNs)", IAM User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'t> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'t str,
    /// `kms`, `iam`, `s3`.
    pub service: &'t str,
    /// Empty for global services.
    pub region: &'t str,
    /// Empty for S3 buckets and objects.
    pub account: &'t str,
    /// All the rest, further colons included.
    pub resource: &'t str,
}

impl<'t> Arn<'t> {
    /// Splits `arn:partition:service:region:account:resource`.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        (parts.next()? == "arn").then_some(())?;
        Some(Arn {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|resource| !resource.is_empty())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_keeps_its_own_colons() {
        let arn = Arn::parse("arn:aws:logs:us-east-1:111111111111:log-group:/app:*").unwrap();
        assert_eq!((arn.service, arn.region, arn.resource), ("logs", "us-east-1", "log-group:/app:*"));
        assert_eq!(Arn::parse("arn:aws:kms:us-east-1:111111111111"), None);
        assert_eq!(Arn::parse("alias/x"), None);
    }
}
