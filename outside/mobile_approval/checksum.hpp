#pragma once
// What tells the service that a service provider sent a request (sp_checksum).
#include "core/core.hpp"

namespace outside::approval {

using namespace minben;

/// Whether it is hex(iv, 12 bytes) ‖ hex(AES-256-GCM(hex(SHA-256(text)))), the tag of 16 bytes at
/// the end, under a key of 32 bytes.
bool checksum_fits(const Bytes& key, std::string_view checksum, std::string_view text);

}  // namespace outside::approval
