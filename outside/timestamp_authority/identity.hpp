#pragma once
// The authority's key and certificates: made once, kept in files.
#include <filesystem>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/core.hpp"
#include "core/freer.hpp"

namespace outside::timestamps {

using namespace minben;

using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

struct Identity {
  Key key;
  Certificate certificate;  ///< for time stamping only
  std::string root_pem;     ///< what it chains to
};

/// authority.key.pem (0600), authority.pem and root.pem in `directory`, which is made when it is
/// missing. The root's key is forgotten at once: it signs nothing else.
Result<Identity> load_or_make_identity(const std::filesystem::path& directory, const Clock& clock);

}  // namespace outside::timestamps
