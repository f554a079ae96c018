#pragma once
// AES-256-GCM (SP 800-38D) as protocols of others have it, without a format of our own around it.
#include "trust/trust.hpp"

namespace minben::trust {

/// nonce(12) ‖ ciphertext ‖ tag(16), with a fresh random nonce and nothing else authenticated. The
/// key has 32 bytes (asserted); at most 2^32 messages under one.
Bytes gcm_seal(Octets key, Octets plaintext, Random& random);

}  // namespace minben::trust
