//! What the headers of a write ask for.

use super::Bucket;
use super::encryption::Wanted;
use crate::cloud::ApiError;
use crate::kms::EncryptionContext;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The members of a write that ask for an encryption.
#[derive(Clone, Debug, Default)]
pub(super) struct EncryptionMembers {
    pub(super) server_side_encryption: Option<String>,
    pub(super) ssekms_key_id: Option<String>,
    pub(super) ssekms_encryption_context: Option<String>,
    pub(super) bucket_key_enabled: Option<bool>,
    pub(super) sse_customer_algorithm: Option<String>,
    pub(super) sse_customer_key: Option<String>,
}

pub(super) fn invalid_argument(message: &str) -> ApiError {
    ApiError::new("InvalidArgument", message).because(message)
}

/// The 32 bytes of a customer's key: as they are, or in Base64.
pub(super) fn customer_key(algorithm: Option<&str>, key: Option<&str>) -> Result<Option<[u8; 32]>, ApiError> {
    let Some(key) = key else {
        return match algorithm {
            None => Ok(None),
            Some(_) => Err(invalid_argument(
                "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
            )),
        };
    };
    if algorithm != Some("AES256") {
        return Err(invalid_argument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
        ));
    }
    let plain: Option<[u8; 32]> = key.as_bytes().try_into().ok();
    let found = plain.or_else(|| STANDARD.decode(key).ok().and_then(|bytes| bytes.try_into().ok()));
    found.map(Some).ok_or_else(|| invalid_argument("The secret key was invalid for the specified algorithm."))
}

/// The header is Base64 of a JSON object; the object itself is taken as well.
fn extra_context(text: &str) -> Result<EncryptionContext, ApiError> {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let json = decoded.as_deref().unwrap_or(text);
    serde_json::from_str(json).map_err(|_| invalid_argument("The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map"))
}

impl EncryptionMembers {
    /// What a write asks for; what it leaves open comes from the bucket.
    ///
    /// Source: "Specifying server-side encryption with AWS KMS (SSE-KMS)", Amazon S3 User Guide.
    pub(super) fn wanted(&self, bucket: &Bucket) -> Result<Wanted, ApiError> {
        if let Some(key) = customer_key(self.sse_customer_algorithm.as_deref(), self.sse_customer_key.as_deref())? {
            if self.server_side_encryption.is_some() {
                return Err(invalid_argument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
                ));
            }
            if bucket.blocks_sse_c {
                let headline = format!(
                    "bucket {} blocks SSE-C, as new buckets do; PutBucketEncryption with BlockedEncryptionTypes NONE lets it in",
                    bucket.name
                );
                return Err(ApiError::new("AccessDenied", "Access Denied").status(403).because(headline));
            }
            return Ok(Wanted::Customer(key));
        }
        let extra = self.ssekms_encryption_context.as_deref().map(extra_context).transpose()?.unwrap_or_default();
        let (algorithm, key) = match &self.server_side_encryption {
            // Named without a key, it means aws/s3, whatever the bucket's default is.
            Some(algorithm) => (algorithm.as_str(), self.ssekms_key_id.clone()),
            None if self.ssekms_key_id.is_some() => {
                return Err(invalid_argument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                ));
            }
            None => (bucket.encryption.sse_algorithm.as_str(), bucket.encryption.kms_master_key_id.clone()),
        };
        let bucket_key = self.bucket_key_enabled.unwrap_or(bucket.encryption.bucket_key_enabled);
        match algorithm {
            "AES256" if self.ssekms_key_id.is_some() => Err(invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            )),
            "AES256" => Ok(Wanted::S3Managed),
            "aws:kms" => Ok(Wanted::Kms { dual_layer: false, key, bucket_key, extra }),
            // Bucket keys are not for DSSE-KMS.
            "aws:kms:dsse" => Ok(Wanted::Kms { dual_layer: true, key, bucket_key: false, extra }),
            _ => Err(invalid_argument("The encryption method specified is not supported")),
        }
    }
}
