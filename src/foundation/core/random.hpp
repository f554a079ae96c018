#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace minben {

/// Randomness is an argument. Thread-safe in all implementations.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t next();                       ///< 64 uniform bits
  std::uint64_t below(std::uint64_t bound);   ///< uniform in [0, bound); bound > 0
  std::string token(std::size_t bytes = 32);  ///< base64url of that many random bytes
};

/// The operating system's generator (OpenSSL); the only one for keys and tokens.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

/// Repeatable: tests and generated data only. The seed is printed when a test fails.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  ~SeededRandom() override;
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  struct State;
  State* state_;
};

}  // namespace minben
