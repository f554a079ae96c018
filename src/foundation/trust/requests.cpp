#include "requests.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "pkcs11.hpp"
#include "x509.hpp"

namespace minben::trust {

namespace {

using Request = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;

void free_extensions(X509_EXTENSIONS* list) {
  sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}
using Extensions = std::unique_ptr<X509_EXTENSIONS, Freer<free_extensions>>;

std::unexpected<Error> not_a_request(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_signing_request", detail);
}

void add_alternative_names(X509_REQ* request, const std::string& names) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, nullptr, request, nullptr, 0);
  X509_EXTENSION* made =
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names.c_str());
  MINBEN_ASSERT(made != nullptr);
  X509_EXTENSIONS* list = nullptr;
  MINBEN_ASSERT(X509v3_add_ext(&list, made, -1) != nullptr);
  MINBEN_ASSERT(X509_REQ_add_extensions(request, list) == 1);
  X509_EXTENSION_free(made);
  free_extensions(list);
}

Result<Request> parse(Octets der) {
  if (der.size() > max_signing_request) return not_a_request("too long");
  const unsigned char* at = der.data();
  Request request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (!request || at != der.data() + der.size()) return not_a_request("not one DER request");
  if (X509_REQ_get_version(request.get()) != X509_REQ_VERSION_1)
    return not_a_request("not of version 1");
  return request;
}

bool is_known_algorithm(int nid) {
  return nid == NID_ecdsa_with_SHA256 || nid == NID_ecdsa_with_SHA384 ||
         nid == NID_ecdsa_with_SHA512 || nid == NID_ED25519;
}

Result<VerifyKey> key_of(X509_REQ* request) {
  Pkey key(X509_REQ_get_pubkey(request));
  if (!key || !type_of(key.get())) return not_a_request("its key is neither Ed25519 nor P-256");
  if (!is_known_algorithm(X509_REQ_get_signature_nid(request)))
    return not_a_request("signed with another algorithm than ECDSA with SHA-2 or Ed25519");
  if (X509_REQ_verify(request, key.get()) != 1) {
    ERR_clear_error();
    return fail(Kind::forbidden, "signing_request_forged",
                "the signature is not of the key that is to be certified");
  }
  return KeyAccess::verify_key(std::move(key));
}

Result<CertificateRequest> names_of(X509_REQ* request) {
  CertificateRequest out;
  const X509_NAME* subject = X509_REQ_get_subject_name(request);
  const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0)
    return not_a_request("its subject must have one common name");
  out.common_name = common_name_of(subject);
  const Extensions extensions(X509_REQ_get_extensions(request));
  int critical = 0;
  const GeneralNames list(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &critical, nullptr)));
  if (!list && critical != -1) return not_a_request("its alternative names cannot be read");
  AlternativeNames names = read_alternative_names(list.get());
  if (names.others > 0) return not_a_request("alternative names of a kind that is not issued");
  if (names.dns_names.size() + names.ip_addresses.size() > max_requested_names)
    return not_a_request("too many names");
  out.member = std::move(names.member);
  out.dns_names = std::move(names.dns_names);
  out.ip_addresses = std::move(names.ip_addresses);
  if (const auto sound = check_request(out); !sound) return not_a_request(describe(sound.error()));
  return out;
}

}  // namespace

Result<std::string> make_signing_request(const SigningKey& key, const CertificateRequest& names) {
  MINBEN_CHECK(check_request(names));
  const Request request(X509_REQ_new());
  MINBEN_ASSERT(X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1);
  set_name(X509_REQ_get_subject_name(request.get()), names.common_name);
  MINBEN_ASSERT(X509_REQ_set_pubkey(request.get(), KeyAccess::of(key.verify_key())) == 1);
  if (const std::string alternative = alternative_names(names); !alternative.empty())
    add_alternative_names(request.get(), alternative);
  const EVP_MD* digest = key.type() == KeyType::ed25519 ? nullptr : EVP_sha256();
  if (X509_REQ_sign(request.get(), KeyAccess::of(key), digest) <= 0) {
    MINBEN_ASSERT(key.in_token());  // nothing else can fail
    ERR_clear_error();
    return fail(pkcs11::last_failure());
  }
  const Bio bio = new_bio();
  MINBEN_ASSERT(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1);
  return bio_text(bio.get());
}

Result<SigningRequest> read_signing_request(Octets der) {
  MINBEN_TRY(request, parse(der));
  MINBEN_TRY(key, key_of(request.get()));
  MINBEN_TRY(names, names_of(request.get()));
  return SigningRequest{std::move(key), std::move(names)};
}

Result<SigningRequest> read_signing_request(std::string_view pem) {
  if (pem.size() > max_signing_request) return not_a_request("too long");
  const Bio bio = memory_bio(pem);
  const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (!request) return not_a_request("no certificate request in the PEM text");
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  MINBEN_ASSERT(size > 0);
  const Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return read_signing_request(bytes);
}

}  // namespace minben::trust
