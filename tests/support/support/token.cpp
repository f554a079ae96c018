#include "support/token.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/shared.hpp"

namespace minben::test {

namespace fs = std::filesystem;

namespace {

struct Folder {
  TemporaryDirectory directory;
  std::set<std::string> labels;

  Folder() {
    ::signal(SIGPIPE, SIG_IGN);  // as the program does
    const fs::path& home = directory.path();
    fs::create_directory(home / "tokens");
    std::ofstream(home / "softhsm2.conf") << "directories.tokendir = " << (home / "tokens").string()
                                          << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (home / "softhsm2.conf").c_str(), 1);
    ::setenv("P11_KIT_SERVER_ADDRESS", ("unix:path=" + (home / "server").string()).c_str(), 1);
  }
};

Folder& folder() {
  static Folder only;
  return only;
}

}  // namespace

SoftToken::SoftToken(std::string label) : label_(std::move(label)) {
  pin_file_ = folder().directory.path() / (label_ + ".pin");
  std::ofstream(pin_file_) << token_pin << "\n";
  ::chmod(pin_file_.c_str(), 0600);
  if (!folder().labels.insert(label_).second) return;
  const std::string command = fmt::format(
      "softhsm2-util --init-token --free --label {} --so-pin 99999999 --pin {} >/dev/null", label_,
      token_pin);
  EXPECT_EQ(std::system(command.c_str()), 0) << "is softhsm2 installed?";
}

std::string SoftToken::uri(std::string_view object, const char* driver) const {
  return fmt::format("pkcs11:token={};object={}?module-path={}&pin-source=file:{}", label_, object,
                     driver, pin_file_.string());
}

TokenServer::TokenServer(const SoftToken& token) : label_(token.label()) { start(); }

void TokenServer::start() {
  const std::string socket = (folder().directory.path() / "server").string();
  const std::string of = "pkcs11:token=" + label_;
  const char* arguments[] = {"p11-kit",    "server",    "--foreground", "--name", socket.c_str(),
                             "--provider", soft_driver, of.c_str(),     nullptr};
  fs::remove(socket);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int fd : {1, 2})
    posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_WRONLY, 0);
  ASSERT_EQ(::posix_spawnp(&process_, "p11-kit", &quiet, nullptr,
                           const_cast<char* const*>(arguments), environ),
            0);
  posix_spawn_file_actions_destroy(&quiet);
  for (int i = 0; i < 100 && !fs::exists(socket); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(fs::exists(socket)) << "is p11-kit installed?";
}

void TokenServer::stop() {
  if (process_ <= 0) return;
  // Each client has a child of the server.
  const std::string children = fmt::format("pkill -KILL -P {}", process_);
  static_cast<void>(std::system(children.c_str()));
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

}  // namespace minben::test
