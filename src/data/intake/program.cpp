#include "program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "files.hpp"

namespace minben::intake {

namespace {

constexpr int not_there = 127;
constexpr std::uint64_t other_memory = 512u << 20;  // its code and tables

void bound(int what, std::uint64_t most) {
  const rlimit limit{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

#if defined(__x86_64__)
constexpr std::uint32_t native = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t native = AUDIT_ARCH_AARCH64;
#endif

/// No socket of any kind can be made, nor by another set of system calls than the usual.
bool without_network() {
  constexpr std::uint32_t other_abi = 0x40000000;  // x32
  const auto equal = [](std::uint32_t value, unsigned char to_refusal) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, to_refusal, 0, value};
  };
  std::array<sock_filter, 10> filter{
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch)},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, native},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      sock_filter{BPF_JMP | BPF_JGE | BPF_K, 4, 0, other_abi},
      equal(SYS_socket, 3),
      equal(SYS_socketpair, 2),
      equal(SYS_io_uring_setup, 1),
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EACCES}};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void allow(long rules, const char* path, std::uint64_t access) {
  landlock_path_beneath_attr rule{access, ::open(path, O_PATH | O_CLOEXEC)};
  if (rule.parent_fd < 0) return;
  ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(rule.parent_fd);
}

/// Programs and their libraries can be read, the directory can be written, all else is not there:
/// no keys, no other uploads. False when the kernel knows how but refuses; kernels before 5.13 do
/// not know.
bool within_directory() {
  constexpr std::uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  const landlock_ruleset_attr attributes{.handled_access_fs =
                                             (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
  const long rules =
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
  if (rules < 0) return errno == ENOSYS || errno == EOPNOTSUPP;
  allow(rules, "/usr", read | LANDLOCK_ACCESS_FS_EXECUTE);
  allow(rules, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE);
  allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
  allow(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
  allow(rules, ".", attributes.handled_access_fs & ~LANDLOCK_ACCESS_FS_EXECUTE);
  return ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

struct Start {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* directory = nullptr;
  int said = -1;
  int parent = 0;
  std::uint64_t memory = 0, file = 0, seconds = 0;
};

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const Start& start) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != start.parent) ::_exit(1);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || start.said < 0) ::_exit(1);
  ::dup2(null, STDIN_FILENO);
  ::dup2(start.said, STDOUT_FILENO);
  ::dup2(start.said, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  bound(RLIMIT_AS, start.memory);
  bound(RLIMIT_CPU, start.seconds);
  bound(RLIMIT_FSIZE, start.file);
  bound(RLIMIT_NOFILE, 64);
  bound(RLIMIT_CORE, 0);
  if (::chdir(start.directory) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      !within_directory() || !without_network())
    ::_exit(1);
  ::execve(start.arguments[0], start.arguments.data(), start.environment.data());
  ::_exit(not_there);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

Result<int> wait_for(pid_t child, const Watch& watch) {
  const timespec pause{0, 5'000'000};
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return fail(Kind::internal, "program_failed", "waitpid");
    if (auto go_on = watch.check(); !go_on) {
      ::kill(child, SIGKILL);
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      return std::unexpected(go_on.error());
    }
    ::nanosleep(&pause, nullptr);
  }
}

/// The first line that it said, for a person: at most 200 bytes.
std::string first_line(const std::filesystem::path& said) {
  const auto file = MappedFile::open(said, 1u << 20);
  if (!file) return {};
  const std::string_view text = file->text();
  const std::size_t error = text.find("ERROR");
  const std::string_view from = text.substr(error == text.npos ? 0 : error);
  return std::string(from.substr(0, std::min<std::size_t>(from.find('\n'), 200)));
}

}  // namespace

Result<void> run(const Program& program, const Watch& watch) {
  const Limits& limits = watch.limits();
  const auto said = program.directory / "said";
  Start start;
  start.arguments = pointers(program.arguments);
  start.environment = pointers(program.environment);
  start.directory = program.directory.c_str();
  start.parent = ::getpid();
  start.memory = limits.max_memory_bytes + other_memory;
  start.file = limits.max_bytes;
  start.seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(1, limits.max_time_s.count()));
  start.said = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (start.said < 0) return fail(Kind::internal, "cannot_write", said.string());
  const pid_t child = ::fork();
  if (child == 0) become(start);
  ::close(start.said);
  if (child < 0) return fail(Kind::unavailable, "program_missing", "cannot fork");
  MINBEN_TRY(status, wait_for(child, watch));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_there)
    return fail(Kind::unavailable, "program_missing", program.arguments[0]);
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGXFSZ))
    return fail(Kind::too_large, "file_too_large", "a bound of the program that reads it");
  return fail(Kind::invalid, "program_failed", first_line(said));
}

}  // namespace minben::intake
