#include "citizen_authority/signing.hpp"

#include <openssl/cms.h>

namespace outside::citizens {

Bytes sign(std::span<const std::uint8_t> content, const Identity& signer, const Manner& manner) {
  using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
  using Cms = std::unique_ptr<CMS_ContentInfo, Freer<CMS_ContentInfo_free>>;
  const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP |
                         (manner.attached ? 0u : static_cast<unsigned>(CMS_DETACHED));
  const Bio data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const Cms cms(CMS_sign(nullptr, nullptr, nullptr, data.get(), flags));
  const unsigned own = flags | (manner.signed_attributes ? 0u : CMS_NOATTR);
  for (const Identity* each : {&signer, manner.second})
    if (each != nullptr)
      MINBEN_ASSERT(CMS_add1_signer(cms.get(), each->certificate.get(), each->key.get(),
                                    manner.digest, own) != nullptr);
  MINBEN_ASSERT(CMS_final(cms.get(), data.get(), nullptr, flags) == 1);
  return der_of<i2d_CMS_ContentInfo>(cms.get());
}

}  // namespace outside::citizens
