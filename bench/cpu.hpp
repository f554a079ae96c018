#pragma once
// What processes have cost, as the kernel counts it.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::bench {

/// User and system time of a process and all that it began, in seconds.
inline double cpu_of(pid_t root) {
  std::map<pid_t, std::pair<pid_t, double>> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = parse_integer(entry.path().filename().string(), 1);
    if (!pid) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const auto after = line.rfind(')');
    if (after == line.npos) continue;
    std::istringstream rest(line.substr(after + 2));
    std::string word;
    std::vector<std::string> words;
    while (rest >> word) words.push_back(word);
    if (words.size() < 15) continue;
    const double ticks =
        std::stod(words[11]) + std::stod(words[12]) + std::stod(words[13]) + std::stod(words[14]);
    all[static_cast<pid_t>(*pid)] = {static_cast<pid_t>(std::stoi(words[1])),
                                     ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))};
  }
  double sum = 0;
  for (const auto& [pid, known] : all)
    for (pid_t up = pid; up > 1 && all.contains(up); up = all[up].first)
      if (up == root) {
        sum += known.second;
        break;
      }
  return sum;
}

inline pid_t postmaster_of(const std::filesystem::path& cluster) {
  std::ifstream file(cluster / "data" / "postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return pid;
}

}  // namespace minben::bench
