#pragma once
// OpenSSL objects that free themselves, and how keys and certificates are kept in files.
#include <filesystem>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/core.hpp"
#include "core/freer.hpp"

namespace outside::citizens {

using namespace minben;

using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

/// A key and what certifies it.
struct Identity {
  Key key;
  Certificate certificate;
};

/// DER of an object, by its i2d function.
template <auto encode, class T>
Bytes der_of(T* object) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  MINBEN_ASSERT(size > 0);
  Bytes out(bytes, bytes + size);
  OPENSSL_free(bytes);
  return out;
}

std::string pem_of(X509* certificate);
std::string pem_of(EVP_PKEY* key);               ///< PKCS #8, not encrypted
std::string serial_of(const X509* certificate);  ///< lower-case hex

/// Whole or not at all. `secret`: mode 0600.
Result<void> write_file(const std::filesystem::path& file, std::string_view text, bool secret);
Result<std::string> read_file(const std::filesystem::path& file);
/// <name>.pem and <name>.key.pem in `directory`.
Result<void> save(const Identity& identity, const std::filesystem::path& directory,
                  const std::string& name);
/// Invalid "not_an_identity" when they are missing or do not belong together.
Result<Identity> load(const std::filesystem::path& directory, const std::string& name);

}  // namespace outside::citizens
