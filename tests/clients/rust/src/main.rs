//! A program as a user of the SDK writes it: all of its settings come from the environment and from the files that this names.
//! Tells who it is, and encrypts with the key of its arguments, if there is one.

use aws_config::BehaviorVersion;
use aws_sdk_kms::primitives::Blob;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(client).load().await;
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await?;
    println!("{}", identity.arn().unwrap_or_default());
    if let Some(key) = std::env::args().nth(1) {
        let kms = aws_sdk_kms::Client::new(&config);
        let sealed = kms.encrypt().key_id(key).plaintext(Blob::new("x")).send().await?;
        println!("{}", sealed.key_id().unwrap_or_default());
    }
    Ok(())
}
