"""Keys that sign, agree, encapsulate, or authenticate; imported material; multi-Region keys; custom key stores."""

from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from harness import world
from shapes import HEX_64, check, members

NOW = datetime(2026, 1, 15, tzinfo=timezone.utc)


def make(kms, **members):
    """The ARN of a new key."""
    return kms.create_key(**members)["KeyMetadata"]["Arn"]


def test_a_signing_key_signs_and_verifies(kms):
    key = make(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["SigningAlgorithms"] == ["ECDSA_SHA_256"]
    assert "EncryptionAlgorithms" not in metadata and "CurrentKeyMaterialId" not in metadata
    request = dict(KeyId=key, Message=b"message", SigningAlgorithm="ECDSA_SHA_256")
    signed = check(kms, "Sign", kms.sign(**request), "KeyId", "Signature", "SigningAlgorithm")
    verified = kms.verify(**request, Signature=signed["Signature"], MessageType="RAW")
    check(kms, "Verify", verified, "KeyId", "SignatureValid", "SigningAlgorithm")
    assert verified["SignatureValid"] is True
    assert verified["KeyId"] == signed["KeyId"] == key


def test_a_public_key_tells_its_kind(kms):
    key = make(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    common = ["KeyId", "PublicKey", "CustomerMasterKeySpec", "KeySpec", "KeyUsage"]
    answer = check(kms, "GetPublicKey", kms.get_public_key(KeyId=key), *common, "SigningAlgorithms")
    assert (answer["KeySpec"], answer["CustomerMasterKeySpec"]) == ("ECC_NIST_P256", "ECC_NIST_P256")
    assert isinstance(serialization.load_der_public_key(answer["PublicKey"]).curve, ec.SECP256R1)
    for spec, usage, algorithms in [
        ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms"),
        ("ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms"),
    ]:
        answer = kms.get_public_key(KeyId=make(kms, KeySpec=spec, KeyUsage=usage))
        check(kms, "GetPublicKey", answer, *common, algorithms)


def test_a_mac_is_made_and_verified(kms):
    key = make(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["MacAlgorithms"] == ["HMAC_SHA_256"]
    request = dict(KeyId=key, Message=b"message", MacAlgorithm="HMAC_SHA_256")
    made = check(kms, "GenerateMac", kms.generate_mac(**request), "KeyId", "Mac", "MacAlgorithm")
    assert len(made["Mac"]) == 32
    verified = check(kms, "VerifyMac", kms.verify_mac(**request, Mac=made["Mac"]), "KeyId", "MacValid", "MacAlgorithm")
    assert verified["MacValid"] is True


def test_two_parties_derive_the_same_secret(kms):
    key = make(kms, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    ours = ec.generate_private_key(ec.SECP256R1())
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    derived = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=ours.public_key().public_bytes(*form))
    check(kms, "DeriveSharedSecret", derived, "KeyId", "SharedSecret", "KeyAgreementAlgorithm", "KeyOrigin")
    theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert derived["SharedSecret"] == ours.exchange(ec.ECDH(), theirs)
    assert derived["KeyOrigin"] == "AWS_KMS"


def test_a_secret_is_encapsulated_and_decapsulated(kms):
    key = make(kms, KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")
    made = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    check(kms, "Encapsulate", made, "KeyId", "SharedSecret", "SharedSecretCiphertextBlob", "EncapsulationAlgorithm")
    assert (len(made["SharedSecret"]), len(made["SharedSecretCiphertextBlob"])) == (32, 1088)
    blob = made["SharedSecretCiphertextBlob"]
    opened = kms.decapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=blob)
    check(kms, "Decapsulate", opened, "KeyId", "SharedSecret", "EncapsulationAlgorithm")
    assert opened["SharedSecret"] == made["SharedSecret"]
    # A wrong blob of the right length gives another secret, not an error: implicit rejection (FIPS 203).
    wrong = bytes([blob[0] ^ 1]) + blob[1:]
    other = kms.decapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=wrong)
    assert len(other["SharedSecret"]) == 32 and other["SharedSecret"] != made["SharedSecret"]


def test_data_key_pairs_come_with_and_without_the_private_key(kms):
    key = make(kms)
    common = ["KeyId", "KeyPairSpec", "PublicKey", "PrivateKeyCiphertextBlob", "KeyMaterialId"]
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", EncryptionContext={"a": "b"})
    check(kms, "GenerateDataKeyPair", made, *common, "PrivateKeyPlaintext")
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    assert private.public_key().public_bytes(*form) == made["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    made = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="RSA_2048")
    check(kms, "GenerateDataKeyPairWithoutPlaintext", made, *common)
    private = serialization.load_der_private_key(kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"], None)
    assert private.public_key().public_bytes(*form) == made["PublicKey"]


def wrapped(kms, key, material):
    """What ImportKeyMaterial needs for a material."""
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    check(kms, "GetParametersForImport", parameters, "KeyId", "ImportToken", "PublicKey", "ParametersValidTo")
    public = serialization.load_der_public_key(parameters["PublicKey"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert parameters["KeyId"] == key
    return {"KeyId": key, "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": public.encrypt(material, oaep)}


def test_material_is_imported_expires_and_is_deleted(server, kms):
    key = make(kms, Origin="EXTERNAL")
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["Origin"], metadata["KeyState"], metadata["Enabled"]) == ("EXTERNAL", "PendingImport", False)
    until = NOW + timedelta(days=30)
    imported = kms.import_key_material(**wrapped(kms, key, bytes(range(32))), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=until)
    check(kms, "ImportKeyMaterial", imported, "KeyId", "KeyMaterialId")
    assert HEX_64.fullmatch(imported["KeyMaterialId"])
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["ExpirationModel"], metadata["ValidTo"]) == ("Enabled", "KEY_MATERIAL_EXPIRES", until)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    server.advance("30d")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    again = kms.import_key_material(**wrapped(kms, key, bytes(range(32))), ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert again["KeyMaterialId"] == imported["KeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    deleted = kms.delete_imported_key_material(KeyId=key)
    check(kms, "DeleteImportedKeyMaterial", deleted, "KeyId", "KeyMaterialId")
    assert deleted["KeyMaterialId"] == imported["KeyMaterialId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"


def test_a_multi_region_key_is_replicated_and_its_primary_moves(server, kms):
    primary = make(kms, MultiRegion=True)
    answer = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1", Tags=[{"TagKey": "a", "TagValue": "b"}])
    check(kms, "ReplicateKey", answer, "ReplicaKeyMetadata", "ReplicaPolicy", "ReplicaTags")
    replica = answer["ReplicaKeyMetadata"]
    assert replica["Arn"] == primary.replace("us-east-1", "eu-west-1")
    assert replica["KeyState"] == "Creating"
    assert answer["ReplicaTags"] == [{"TagKey": "a", "TagValue": "b"}]
    server.advance("1m")
    abroad = server.client("kms", region="eu-west-1")
    sealed = kms.encrypt(KeyId=primary, Plaintext=b"both")["CiphertextBlob"]
    assert abroad.decrypt(CiphertextBlob=sealed, KeyId=replica["Arn"])["Plaintext"] == b"both"
    check(kms, "UpdatePrimaryRegion", kms.update_primary_region(KeyId=primary, PrimaryRegion="eu-west-1"))
    server.advance("1m")
    for client in (kms, abroad):
        configuration = client.describe_key(KeyId=replica["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
        assert configuration["PrimaryKey"] == {"Arn": replica["Arn"], "Region": "eu-west-1"}
        assert configuration["ReplicaKeys"] == [{"Arn": primary, "Region": "us-east-1"}]
    assert kms.describe_key(KeyId=primary)["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"


def test_a_key_store_in_a_cluster_is_made_connected_used_and_deleted(serve):
    server = serve("--scenario", world("key-stores"))
    kms = server.client()
    cluster = next(entry for entry in kms.describe_custom_key_stores()["CustomKeyStores"] if entry["CustomKeyStoreName"] == "fallen")
    kms.disconnect_custom_key_store(CustomKeyStoreId=cluster["CustomKeyStoreId"])
    server.advance("5m")
    check(kms, "DeleteCustomKeyStore", kms.delete_custom_key_store(CustomKeyStoreId=cluster["CustomKeyStoreId"]))
    made = kms.create_custom_key_store(
        CustomKeyStoreName="ours",
        CloudHsmClusterId=cluster["CloudHsmClusterId"],
        TrustAnchorCertificate=cluster["TrustAnchorCertificate"],
        KeyStorePassword="kmsuser-1",
    )
    store = check(kms, "CreateCustomKeyStore", made, "CustomKeyStoreId")["CustomKeyStoreId"]
    check(kms, "UpdateCustomKeyStore", kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="renamed"))
    check(kms, "ConnectCustomKeyStore", kms.connect_custom_key_store(CustomKeyStoreId=store))
    assert state(kms, store) == "CONNECTING"
    server.advance("20m")
    described = kms.describe_custom_key_stores(CustomKeyStoreName="renamed")
    check(kms, "DescribeCustomKeyStores", described, "CustomKeyStores", "Truncated")
    (entry,) = described["CustomKeyStores"]
    assert (entry["ConnectionState"], entry["CustomKeyStoreType"], entry["CustomKeyStoreId"]) == ("CONNECTED", "AWS_CLOUDHSM", store)
    metadata = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]
    assert (metadata["CustomKeyStoreId"], metadata["CloudHsmClusterId"]) == (store, cluster["CloudHsmClusterId"])
    sealed = kms.encrypt(KeyId=metadata["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert len(kms.generate_random(NumberOfBytes=8, CustomKeyStoreId=store)["Plaintext"]) == 8
    check(kms, "DisconnectCustomKeyStore", kms.disconnect_custom_key_store(CustomKeyStoreId=store))
    assert kms.describe_key(KeyId=metadata["Arn"])["KeyMetadata"]["KeyState"] == "Unavailable"
    with pytest.raises(kms.exceptions.KMSInvalidStateException):
        kms.decrypt(CiphertextBlob=sealed)


def state(kms, store):
    """The connection state of a key store."""
    return kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]["ConnectionState"]


def test_an_external_key_store_shows_its_proxy_and_its_keys_theirs(serve):
    server = serve("--scenario", world("key-stores"))
    kms = server.client()
    (entry,) = kms.describe_custom_key_stores(CustomKeyStoreName="ext")["CustomKeyStores"]
    assert entry["CustomKeyStoreType"] == "EXTERNAL_KEY_STORE"
    configuration = entry["XksProxyConfiguration"]
    assert members(configuration) == {"Connectivity", "AccessKeyId", "UriEndpoint", "UriPath"}
    assert (configuration["Connectivity"], configuration["UriEndpoint"]) == ("PUBLIC_ENDPOINT", "https://vault.example.com")
    store = entry["CustomKeyStoreId"]
    metadata = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="spare")["KeyMetadata"]
    assert metadata["XksKeyConfiguration"] == {"Id": "spare"}
    sealed = kms.encrypt(KeyId=metadata["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
