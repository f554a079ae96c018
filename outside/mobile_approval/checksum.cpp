#include "mobile_approval/checksum.hpp"

#include <memory>

#include <openssl/evp.h>

namespace outside::approval {

namespace {

constexpr std::size_t iv_size = 12, tag_size = 16;

std::optional<std::string> open_gcm(const Bytes& key, Bytes sealed) {
  if (key.size() != 32 || sealed.size() < iv_size + tag_size) return std::nullopt;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const std::size_t size = sealed.size() - iv_size - tag_size;
  std::string out(size, '\0');
  int written = 0;
  const bool good =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), sealed.data()) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size,
                          sealed.data() + iv_size + size) == 1 &&
      EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &written,
                        sealed.data() + iv_size, static_cast<int>(size)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()) + written,
                          &written) == 1;
  return good ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

bool checksum_fits(const Bytes& key, std::string_view checksum, std::string_view text) {
  auto sealed = hex_decode(checksum);
  if (!sealed) return false;
  const auto opened = open_gcm(key, std::move(*sealed));
  return opened && *opened == hex_encode(sha256(text));
}

}  // namespace outside::approval
