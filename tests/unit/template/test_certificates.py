import re
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.platform import database
from tests.unit.template.resolving import properties, template

ROOTS = x509.load_pem_x509_certificates(database._CERTIFICATES.read_bytes())


def common_name(certificate: x509.Certificate) -> str:
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


@pytest.mark.parametrize("root", ROOTS, ids=common_name)
def test_each_authority_is_amazons_signs_itself_and_has_years_to_live(root: x509.Certificate) -> None:
    [organization] = root.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)

    assert organization.value == "Amazon Web Services, Inc."
    assert common_name(root).startswith("Amazon RDS ")
    root.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert root.not_valid_after_utc > datetime.now(UTC) + timedelta(days=365)


def test_every_authority_is_there_once() -> None:
    assert len({root.fingerprint(hashes.SHA256()) for root in ROOTS}) == len(ROOTS)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-northeast-1", "sa-east-1", "af-south-1"])
def test_the_authority_that_the_template_names_is_there(region: str) -> None:
    assert f"Amazon RDS {region} Root CA RSA2048 G1" in {common_name(root) for root in ROOTS}


def test_the_managed_database_is_made_only_where_its_authority_is_known() -> None:
    """One by one, as a rule has no other words for it; the others hear it before anything is made."""
    rule = template()["Rules"]["ManagedDatabaseIsTrusted"]
    regions, region = rule["Assertions"][0]["Assert"]["Fn::Contains"]
    known = {
        found[1]
        for root in ROOTS
        if (found := re.fullmatch(r"Amazon RDS (\S+) Root CA RSA2048 G1", common_name(root)))
    }

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "ManagedDatabase"}, "true"]}
    assert region == {"Ref": "AWS::Region"}
    assert sorted(regions) == sorted(known)
    assert set(template()["Mappings"]["InferenceProfiles"]) <= known
    authority = properties("Database")["CACertificateIdentifier"]
    assert authority == "rds-ca-rsa2048-g1"


def test_a_connection_trusts_rds_and_demands_certificate_and_host_name() -> None:
    context = database._tls()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    trusted = "".join(str(found["subject"]) for found in context.get_ca_certs())
    assert all(common_name(root) in trusted for root in ROOTS)
