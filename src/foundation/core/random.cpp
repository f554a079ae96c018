#include "core/random.hpp"

#include <mutex>
#include <random>

#include <openssl/rand.h>

#include "core/result.hpp"
#include "core/text.hpp"

namespace minben {

std::uint64_t Random::next() {
  std::uint64_t value = 0;
  fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  MINBEN_ASSERT(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // reject the uneven tail
  for (;;) {
    const std::uint64_t value = next();
    if (value < limit) return value % bound;
  }
}

std::string Random::token(std::size_t bytes) {
  std::vector<std::uint8_t> buffer(bytes);
  fill(buffer);
  return base64url_encode(buffer);
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  MINBEN_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

struct SeededRandom::State {
  std::mutex mutex;
  std::mt19937_64 engine;
};

SeededRandom::SeededRandom(std::uint64_t seed) : state_(new State{{}, std::mt19937_64(seed)}) {}
SeededRandom::~SeededRandom() { delete state_; }

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  const std::lock_guard lock(state_->mutex);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(state_->engine());
}

}  // namespace minben
