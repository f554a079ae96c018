#pragma once
#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "keys/rotation.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::keys {

template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << describe(result.error());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A machine of the platform: its key file, and a process with a vault on the common database.
struct Machine {
  Machine(store::Database& a_database, const Clock& clock, Random& random,
          const std::filesystem::path& a_file)
      : database(a_database),
        file(a_file),
        ring(must(trust::KeyRing::load(file))),
        keys(must(Keys::open(database, clock, random, ring))),
        vault(*keys, random),
        rotation(database, clock, random, *ring, {identity::subject_keys()}) {}

  Result<Bytes> seal(const identity::Subject& whose, std::string_view text) const {
    return database.transact(
        [&](store::Transaction& t) { return vault.seal(t, whose, "test", text); });
  }
  Result<std::string> open(const identity::Subject& whose, const Bytes& sealed) const {
    return database.transact(
        [&](store::Transaction& t) { return vault.open(t, whose, "test", sealed); });
  }
  /// What `minben keys rotate` does.
  Result<trust::MasterKeyId> rotate(int batch = 10) {
    MINBEN_TRY(id, rotation.prepare());
    MINBEN_CHECK(rotation.activate(id));
    MINBEN_CHECK(rewrap(batch));
    return id;
  }
  Result<void> rewrap(int batch = 10) {
    Rotation::Progress progress;
    for (;;) {
      MINBEN_TRY(done, rotation.rewrap(batch, progress));
      if (done > 0) continue;
      MINBEN_TRY(left, rotation.remaining());
      if (left == 0) return {};
    }
  }

  store::Database& database;
  const std::filesystem::path file;
  const std::shared_ptr<trust::KeyRing> ring;
  std::unique_ptr<Keys> keys;
  identity::Vault vault;
  Rotation rotation;
};

class KeysTest : public testing::Test {
 protected:
  static constexpr int purposes = 6;

  std::filesystem::path file(const std::string& machine) const {
    return directory_.path() / (machine + ".key");
  }
  Machine machine(const std::string& name = "a") {
    return {db_.database(), clock_, random_, file(name)};
  }
  void copy(const std::string& from, const std::string& to) const {
    must(trust::write_secret_file(file(to), test::read_file(file(from))));
  }
  struct Sealed {
    PersonId whose;
    std::string text;
    Bytes sealed;
  };
  Sealed sealed_at(const Machine& machine, int number) {
    Sealed made{PersonId::make(clock_, random_), fmt::format("民本 {}", number), {}};
    made.sealed = must(machine.seal(made.whose, made.text));
    return made;
  }
  std::vector<Sealed> people(const Machine& machine, int many) {
    std::vector<Sealed> all;
    for (int i = 0; i < many; ++i) all.push_back(sealed_at(machine, i));
    return all;
  }
  static std::int64_t wraps(const Machine& machine, const trust::MasterKeyId& id) {
    for (const MasterKeyStatus& key : must(machine.rotation.status()))
      if (key.id == id) return key.wrapped_things();
    return 0;
  }
  static State state(const Machine& machine, const trust::MasterKeyId& id) {
    for (const MasterKeyStatus& key : must(machine.rotation.status()))
      if (key.id == id) return key.state;
    return State::unregistered;
  }

  test::TemporaryDirectory directory_;
  VirtualClock clock_{*parse_instant("2026-11-23T00:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {migrations(), identity::migrations()}};
};

}  // namespace minben::keys
