//! How many KMS requests a function causes.

use super::CodeBehaviour;

/// A function in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LambdaWorkload {
    /// How often it is invoked.
    pub invocations: u64,
    /// How many execution environments are started for that.
    pub environments: u64,
    /// Whether it has environment variables, which are always encrypted at rest.
    pub variables: bool,
    /// What its code does with them.
    pub code: CodeBehaviour,
}

impl LambdaWorkload {
    /// One Decrypt in each environment for the variables at rest, under a customer managed key or `aws/lambda`
    /// alike, and what the code asks for itself. Configuring and looking at the function are not counted.
    ///
    /// Source: "Securing Lambda environment variables", AWS Lambda Developer Guide; the counts are observed.
    #[must_use]
    pub fn kms_requests(&self) -> u64 {
        self.at_rest().saturating_add(self.by_code())
    }

    fn at_rest(&self) -> u64 {
        if self.variables { self.environments } else { 0 }
    }

    fn by_code(&self) -> u64 {
        match self.code {
            CodeBehaviour::Reads => 0,
            CodeBehaviour::DecryptsOnce => self.environments,
            CodeBehaviour::DecryptsPerInvocation => self.invocations,
        }
    }

    /// The formula with its figures.
    #[must_use]
    pub fn formula(&self) -> String {
        let code = match self.code {
            CodeBehaviour::Reads => "none by the code".to_owned(),
            CodeBehaviour::DecryptsOnce => format!("{} by the code (1 per environment)", self.by_code()),
            CodeBehaviour::DecryptsPerInvocation => format!("{} by the code (1 per invocation)", self.by_code()),
        };
        format!("{} at rest (1 per environment) + {code} = {} KMS requests", self.at_rest(), self.kms_requests())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_invocations_cost_as_many_requests_as_the_code_asks_for() {
        let of = |code| LambdaWorkload { invocations: 1_000_000, environments: 200, variables: true, code };
        let counts = CodeBehaviour::ALL.map(|code| of(code).kms_requests());
        assert_eq!(counts, [200, 400, 1_000_200]);
        assert_eq!(
            of(CodeBehaviour::DecryptsOnce).formula(),
            "200 at rest (1 per environment) + 200 by the code (1 per environment) = 400 KMS requests"
        );
        assert_eq!(LambdaWorkload { variables: false, ..of(CodeBehaviour::Reads) }.kms_requests(), 0);
    }
}
