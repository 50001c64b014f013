//! Imported key material: tokens, expiry, deletion, several materials, every key type that can be imported.

use super::lab::{A, Lab, base64, bytes, code, why};
use kmsprep::kms::{InChina, KEY_SPECS, WrappingAlgorithm, wrap_key_material};
use serde_json::{Value, json};

fn external(lab: &mut Lab) -> String {
    lab.key_of(json!({"Origin": "EXTERNAL"}))
}

fn import(lab: &mut Lab, key: &str, material: &[u8], more: Value) -> Result<Value, kmsprep::cloud::ApiError> {
    let mut request = lab.import_request(key, material);
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    if request.get("ValidTo").is_some() {
        request["ExpirationModel"] = json!("KEY_MATERIAL_EXPIRES");
    }
    lab.kms(A, "Admin", "ImportKeyMaterial", request)
}

fn metadata(lab: &mut Lab, key: &str) -> Value {
    lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": key})).unwrap()["KeyMetadata"].clone()
}

fn seal(lab: &mut Lab, key: &str) -> Value {
    lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).unwrap()["CiphertextBlob"].clone()
}

fn open(lab: &mut Lab, blob: &Value) -> Result<Value, kmsprep::cloud::ApiError> {
    lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob}))
}

#[test]
fn a_key_waits_for_its_material_and_takes_only_this_material_back() {
    let mut lab = Lab::new();
    let key = external(&mut lab);
    let fresh = metadata(&mut lab, &key);
    assert_eq!((&fresh["KeyState"], &fresh["Origin"]), (&json!("PendingImport"), &json!("EXTERNAL")));
    assert!(fresh.get("CurrentKeyMaterialId").is_none() && fresh.get("ExpirationModel").is_none());
    let first = import(&mut lab, &key, &[7; 32], json!({})).unwrap();
    let ready = metadata(&mut lab, &key);
    assert_eq!((&ready["KeyState"], &ready["ExpirationModel"]), (&json!("Enabled"), &json!("KEY_MATERIAL_DOES_NOT_EXPIRE")));
    assert_eq!(ready["CurrentKeyMaterialId"], first["KeyMaterialId"]);
    let blob = seal(&mut lab, &key);
    lab.kms(A, "Admin", "DeleteImportedKeyMaterial", json!({"KeyId": key})).unwrap();
    assert_eq!(code(open(&mut lab, &blob)), "KMSInvalidStateException");
    let gone = metadata(&mut lab, &key);
    assert_eq!((&gone["KeyState"], &gone["CurrentKeyMaterialId"]), (&json!("PendingImport"), &first["KeyMaterialId"]));
    // Other material is refused for ever, the same brings the data back.
    assert_eq!(code(import(&mut lab, &key, &[8; 32], json!({}))), "IncorrectKeyMaterialException");
    assert_eq!(import(&mut lab, &key, &[7; 32], json!({})).unwrap()["KeyMaterialId"], first["KeyMaterialId"]);
    assert_eq!(open(&mut lab, &blob).unwrap()["Plaintext"], "aGk=");
}

#[test]
fn tokens_are_for_one_key_and_one_day() {
    let mut lab = Lab::new();
    let (key, other) = (external(&mut lab), external(&mut lab));
    let request = lab.import_request(&key, &[7; 32]);
    let send = |lab: &mut Lab, change: &dyn Fn(&mut Value)| {
        let mut request = request.clone();
        change(&mut request);
        lab.kms(A, "Admin", "ImportKeyMaterial", request)
    };
    assert_eq!(code(send(&mut lab, &|request| request["KeyId"] = json!(other))), "InvalidImportTokenException");
    let altered = send(&mut lab, &|request| {
        let mut token = bytes(&request["ImportToken"]);
        token[30] ^= 1;
        request["ImportToken"] = json!(base64(&token));
    });
    assert_eq!(code(altered), "InvalidImportTokenException");
    let garbled = send(&mut lab, &|request| request["EncryptedKeyMaterial"] = json!(base64(&[1; 256])));
    assert_eq!(code(garbled), "InvalidCiphertextException");
    // A public key of another pair does not open either.
    let second = lab.import_request(&key, &[7; 32]);
    let crossed = send(&mut lab, &|request| request["ImportToken"] = second["ImportToken"].clone());
    assert_eq!(code(crossed), "InvalidCiphertextException");
    lab.world.advance(kmsprep::cloud::Duration::hours(24));
    let late = send(&mut lab, &|_| ());
    assert!(why(late.clone()).contains("GetParametersForImport gives a new one"));
    assert_eq!(code(late), "ExpiredImportTokenException");
}

#[test]
fn material_expires_on_its_date_and_the_key_with_it() {
    let mut lab = Lab::new();
    let key = external(&mut lab);
    for (valid_to, more) in [(json!("2025-12-31"), "future"), (json!("2027-01-02"), "365")] {
        let refused = import(&mut lab, &key, &[7; 32], json!({"ValidTo": valid_to})).unwrap_err();
        assert!(refused.code == "ValidationException" && refused.message.contains(more), "{refused}");
    }
    let mut without = lab.import_request(&key, &[7; 32]);
    without.as_object_mut().unwrap().remove("ExpirationModel");
    let refused = lab.kms(A, "Admin", "ImportKeyMaterial", without).unwrap_err();
    assert_eq!(refused.message, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
    import(&mut lab, &key, &[7; 32], json!({"ValidTo": "2026-03-01"})).unwrap();
    assert_eq!(metadata(&mut lab, &key)["ValidTo"], "2026-03-01T00:00:00Z");
    let blob = seal(&mut lab, &key);
    lab.advance(58);
    assert!(open(&mut lab, &blob).is_ok());
    lab.advance(1);
    assert_eq!(metadata(&mut lab, &key)["KeyState"], "PendingImport");
    assert_eq!(code(open(&mut lab, &blob)), "KMSInvalidStateException");
    let events: Vec<&str> = lab.world.cloud.trail.events().iter().map(|event| event.name).collect();
    assert!(events.contains(&"DeleteExpiredKeyMaterial"));
    // Importing it again may set another date, or none.
    import(&mut lab, &key, &[7; 32], json!({})).unwrap();
    assert!(open(&mut lab, &blob).is_ok());
    assert!(metadata(&mut lab, &key).get("ValidTo").is_none());
}

#[test]
fn new_material_waits_for_a_rotation_on_demand_and_the_old_stays_needed() {
    let mut lab = Lab::new();
    let key = external(&mut lab);
    let first = import(&mut lab, &key, &[7; 32], json!({})).unwrap()["KeyMaterialId"].clone();
    let old = seal(&mut lab, &key);
    let early = lab.kms(A, "Admin", "RotateKeyOnDemand", json!({"KeyId": key})).unwrap_err();
    assert_eq!(early.message, format!("No available key material pending rotation for the key: {key}."));
    let new = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "2026 Q2"});
    let second = import(&mut lab, &key, &[8; 32], new.clone()).unwrap()["KeyMaterialId"].clone();
    // It changes nothing before the rotation, and only one may wait.
    assert_eq!(metadata(&mut lab, &key)["CurrentKeyMaterialId"], first);
    let third = import(&mut lab, &key, &[9; 32], new).unwrap_err();
    assert!(third.code == "KMSInvalidStateException" && third.message.contains("is pending rotation"), "{third}");
    let list = |lab: &mut Lab, include: &str| {
        lab.kms(A, "Admin", "ListKeyRotations", json!({"KeyId": key, "IncludeKeyMaterial": include})).unwrap()["Rotations"].clone()
    };
    let waiting = list(&mut lab, "ALL_KEY_MATERIAL");
    assert_eq!(
        (waiting[0]["KeyMaterialState"].as_str(), waiting[1]["KeyMaterialState"].as_str()),
        (Some("CURRENT"), Some("PENDING_ROTATION"))
    );
    assert_eq!((&waiting[1]["KeyMaterialDescription"], &waiting[1]["ImportState"]), (&json!("2026 Q2"), &json!("IMPORTED")));
    lab.kms(A, "Admin", "RotateKeyOnDemand", json!({"KeyId": key})).unwrap();
    assert_eq!(metadata(&mut lab, &key)["CurrentKeyMaterialId"], second);
    let rotations = list(&mut lab, "ROTATIONS_ONLY");
    assert_eq!(rotations.as_array().unwrap().len(), 1);
    assert_eq!((&rotations[0]["KeyMaterialId"], &rotations[0]["RotationType"]), (&second, &json!("ON_DEMAND")));
    assert_eq!(open(&mut lab, &old).unwrap()["KeyMaterialId"], first);
    // Without the old material the whole key stands still.
    lab.kms(A, "Admin", "DeleteImportedKeyMaterial", json!({"KeyId": key, "KeyMaterialId": first})).unwrap();
    assert_eq!(metadata(&mut lab, &key)["KeyState"], "PendingImport");
    assert_eq!(code(lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="}))), "KMSInvalidStateException");
    import(&mut lab, &key, &[7; 32], json!({"KeyMaterialId": first})).unwrap();
    assert!(open(&mut lab, &old).is_ok());
    // Automatic rotation remains out of reach.
    assert_eq!(code(lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": key}))), "UnsupportedOperationException");
}

#[test]
fn every_importable_type_takes_material_of_its_kind_and_no_other() {
    let mut lab = Lab::new();
    for row in KEY_SPECS {
        let new = json!({"KeySpec": row.spec, "KeyUsage": row.usages[0], "Origin": "EXTERNAL"});
        if row.china == InChina::Only || !row.importable {
            assert_eq!(code(lab.kms(A, "Admin", "CreateKey", new)), "UnsupportedOperationException", "{}", row.spec);
            continue;
        }
        let key = lab.key_of(new);
        let material = match row.spec.name() {
            "HMAC_224" => vec![3; 28],
            "HMAC_384" => vec![3; 48],
            "HMAC_512" => vec![3; 128],
            name => lab.material_for(name),
        };
        let length = if row.spec.name().starts_with("RSA") { 400 } else { 16 };
        let wrong = import(&mut lab, &key, &vec![1; length], json!({}));
        assert_eq!(code(wrong), "IncorrectKeyMaterialException", "{}", row.spec);
        import(&mut lab, &key, &material, json!({})).unwrap_or_else(|error| panic!("{}: {error}", row.spec));
        assert_eq!(metadata(&mut lab, &key)["KeyState"], "Enabled");
    }
}

#[test]
fn wrapping_algorithms_fit_what_they_carry() {
    let mut lab = Lab::new();
    let symmetric = external(&mut lab);
    let rsa = lab.key_of(json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"}));
    let p521 = lab.key_of(json!({"KeySpec": "ECC_NIST_P521", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"}));
    let mut ask = |key: &str, algorithm: &str, spec: &str| {
        lab.kms(A, "Admin", "GetParametersForImport", json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec}))
    };
    for (key, algorithm, spec) in [
        (&symmetric, "RSAES_PKCS1_V1_5", "RSA_2048"),
        (&symmetric, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"),
        (&rsa, "RSAES_OAEP_SHA_256", "RSA_4096"),
        (&p521, "RSAES_OAEP_SHA_256", "RSA_2048"),
        (&symmetric, "SM2PKE", "SM2"),
    ] {
        assert_eq!(code(ask(key, algorithm, spec)), "UnsupportedOperationException", "{algorithm} {spec}");
    }
    for (key, algorithm, spec) in [
        (&symmetric, "RSAES_OAEP_SHA_1", "RSA_3072"),
        (&rsa, "RSA_AES_KEY_WRAP_SHA_1", "RSA_4096"),
        (&p521, "RSAES_OAEP_SHA_256", "RSA_3072"),
    ] {
        assert_eq!(ask(key, algorithm, spec).unwrap()["ParametersValidTo"], "2026-01-02T00:00:00Z", "{algorithm} {spec}");
    }
}

#[test]
fn only_symmetric_keys_hold_several_materials() {
    let mut lab = Lab::new();
    let key = lab.key_of(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "Origin": "EXTERNAL"}));
    for more in
        [json!({"ImportType": "NEW_KEY_MATERIAL"}), json!({"KeyMaterialDescription": "x"}), json!({"KeyMaterialId": "0".repeat(64)})]
    {
        assert_eq!(code(import(&mut lab, &key, &[7; 32], more)), "ValidationException");
    }
    let answer = import(&mut lab, &key, &[7; 32], json!({})).unwrap();
    assert!(answer.get("KeyMaterialId").is_none());
    let both = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialId": "0".repeat(64)});
    let symmetric = external(&mut lab);
    assert_eq!(code(import(&mut lab, &symmetric, &[7; 32], both)), "ValidationException");
}

#[test]
fn hmac_and_rsa_keys_with_the_same_material_agree_and_symmetric_keys_do_not() {
    let mut lab = Lab::new();
    let mut mac = || {
        let key = lab.key_of(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "Origin": "EXTERNAL"}));
        import(&mut lab, &key, &[7; 32], json!({})).unwrap();
        lab.kms(A, "Admin", "GenerateMac", json!({"KeyId": key, "Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256"})).unwrap()["Mac"].clone()
    };
    assert_eq!(mac(), mac());
    let (one, two) = (external(&mut lab), external(&mut lab));
    for key in [&one, &two] {
        import(&mut lab, key, &[7; 32], json!({})).unwrap();
    }
    // The ciphertext of a symmetric key is bound to the key, not to its material alone.
    let blob = seal(&mut lab, &one);
    let crossed = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob, "KeyId": two}));
    assert_eq!(code(crossed), "IncorrectKeyException");
}

#[test]
fn what_a_customer_wraps_is_unwrapped_with_every_algorithm() {
    let mut lab = Lab::new();
    for (spec, algorithms) in [
        ("SYMMETRIC_DEFAULT", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
        ("RSA_2048", ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]),
    ] {
        for algorithm in algorithms {
            let usage = if spec == "RSA_2048" { "SIGN_VERIFY" } else { "ENCRYPT_DECRYPT" };
            let key = lab.key_of(json!({"KeySpec": spec, "KeyUsage": usage, "Origin": "EXTERNAL"}));
            let asked = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_4096"});
            let given = lab.kms(A, "Admin", "GetParametersForImport", asked).unwrap();
            let material = lab.material_for(spec);
            let wrapping = WrappingAlgorithm::parse(algorithm).unwrap();
            let wrapped = wrap_key_material(&bytes(&given["PublicKey"]), wrapping, &material, [1; 32]).unwrap();
            let request = json!({
                "KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": base64(&wrapped),
                "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
            });
            lab.kms(A, "Admin", "ImportKeyMaterial", request).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        }
    }
}
