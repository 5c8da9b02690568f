#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace threatatlas::testing {

/// The guide for pipelines that the project is based on. Returns its parts byte for byte as a
/// pipeline would extract them from the surrounding YAML. Throws std::runtime_error if the guide
/// does not contain a part.
class Guide {
  public:
    explicit Guide(const std::filesystem::path& file);

    /// The `run:` block of the GitHub Actions workflow.
    std::string github_script() const;
    /// The `script:` block of the GitLab job.
    std::string gitlab_script() const;
    /// The GitLab job's variable THRESHOLDS.
    std::string gitlab_thresholds() const;
    /// The commands under "Attaching the full report".
    std::string download_script() const;
    /// The example response, as JSON.
    std::string example_answer() const;

  private:
    std::size_t find_line(std::size_t from, std::string_view text) const;
    std::string block_scalar(std::size_t header) const;

    std::vector<std::string> lines_;
};

}  // namespace threatatlas::testing
