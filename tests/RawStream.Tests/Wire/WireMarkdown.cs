namespace RawStream.Tests.Wire;

// A file of tests/wire is a lesson with cases in it:
//
//   ## Heading
//   ```request          the bytes
//   ```each             where the bytes have a gap, …: what to put there, a case a line
//   ```response         what each of the requests above is answered with
//
// Other blocks and all prose belong to the reader. README.md explains the notation.

/// <summary>Reads the wire cases. Every error names its file and line.</summary>
internal sealed class WireMarkdown
{
    private const string Fence = "```";
    private const string Gap = "…";
    private const string Marks = "…«×»";

    private readonly string _file;
    private readonly string[] _lines;
    private readonly List<WireCase> _cases = [];
    private readonly HashSet<string> _headings = [];
    private readonly List<Block> _requests = [];
    private string? _heading;
    private int _number;

    private WireMarkdown(string file, string[] lines)
    {
        _file = file;
        _lines = lines;
    }

    /// <summary>The lines of a fenced block, and where the first of them stands.</summary>
    private readonly record struct Block(string Info, int FirstLine, string[] Lines);

    /// <summary>The cases of all files in a folder.</summary>
    public static IReadOnlyList<WireCase> ReadFolder(string folder)
    {
        var files = Directory.GetFiles(folder, "*.md").Order(StringComparer.Ordinal);
        return [.. files.SelectMany(file => Read(Path.GetFileName(file), File.ReadAllLines(file)))];
    }

    /// <summary>The cases of one file.</summary>
    public static IReadOnlyList<WireCase> Read(string file, string[] lines)
    {
        var markdown = new WireMarkdown(file, lines);
        markdown.ReadLines();
        return markdown._cases;
    }

    private void ReadLines()
    {
        for (var at = 0; at < _lines.Length; at++)
        {
            if (_lines[at].StartsWith("## ", StringComparison.Ordinal)) BeginHeading(at);
            else if (_lines[at].StartsWith(Fence, StringComparison.Ordinal)) ReadBlock(ref at);
        }
        EndHeading(_lines.Length - 1);
    }

    private void BeginHeading(int at)
    {
        EndHeading(at);
        _heading = _lines[at][3..].Trim();
        _number = 0;
        if (!_headings.Add(_heading)) throw Error(at, $"The heading \"{_heading}\" is there twice.");
    }

    private void EndHeading(int at)
    {
        if (_requests.Count > 0) throw Error(at, $"A request under \"{_heading}\" has no response.");
    }

    private void ReadBlock(ref int at)
    {
        var info = _lines[at][Fence.Length..].Trim();
        var first = at + 1;
        var end = Array.IndexOf(_lines, Fence, first);
        if (end < 0) throw Error(at, "The block has no end.");
        at = end;
        var block = new Block(info, first, _lines[first..end]);
        if (info is "request" or "request whole") AddRequest(block);
        else if (info == "each") FillGap(block);
        else if (info == "response") AddCases(block);
        else if (info.StartsWith("re", StringComparison.Ordinal)) throw Error(first - 1, $"\"{info}\" is no block of a case.");
    }

    private void AddRequest(Block block)
    {
        if (_heading is null) throw Error(block.FirstLine, "A case needs a heading.");
        CheckLines(block);
        _requests.Add(block);
    }

    /// <summary>Replaces the last request by one for each line. A failure then points at that line.</summary>
    private void FillGap(Block each)
    {
        if (_requests.Count == 0 || !_requests[^1].Lines.Any(line => line.Contains(Gap, StringComparison.Ordinal)))
            throw Error(each.FirstLine, $"There is no request with a gap, {Gap}, before this.");
        CheckLines(each);
        var request = _requests[^1];
        _requests.RemoveAt(_requests.Count - 1);
        for (var at = 0; at < each.Lines.Length; at++)
        {
            var lines = request.Lines.Select(line => line.Replace(Gap, each.Lines[at], StringComparison.Ordinal));
            _requests.Add(new Block(request.Info, each.FirstLine + at, [.. lines]));
        }
    }

    private void AddCases(Block response)
    {
        if (_requests.Count == 0) throw Error(response.FirstLine, "A response needs a request before it.");
        var open = _requests.FindIndex(request => request.Lines.Any(line => line.Contains(Gap, StringComparison.Ordinal)));
        if (open >= 0) throw Error(_requests[open].FirstLine, $"Nothing fills the gap, {Gap}, of this request.");
        CheckLines(response);
        var (responses, end) = ReadResponses(response);
        foreach (var request in _requests)
        {
            var isWhole = request.Info == "request whole";
            _cases.Add(new WireCase(At(request.FirstLine), NextName(), ReadSteps(request), isWhole, responses, end));
        }
        _requests.Clear();
    }

    /// <summary>File and heading, and a number where the heading has several cases.</summary>
    private string NextName()
    {
        _number++;
        var isOnly = _number == 1 && _requests.Count == 1;
        return $"{Path.GetFileNameWithoutExtension(_file)}: {_heading}{(isOnly ? "" : $" {_number}")}";
    }

    private List<WireStep> ReadSteps(Block block)
    {
        var steps = new List<WireStep>();
        var bytes = new List<string>();
        foreach (var line in Expand(block))
        {
            if (!line.StartsWith('('))
            {
                bytes.Add(line);
                continue;
            }
            AddSend(steps, bytes);
            steps.Add(line switch
            {
                "(wait)" => new WireStep.Wait(),
                "(half-close)" => new WireStep.HalfClose(),
                _ => throw Error(block.FirstLine, $"{line} is no step of a client. A byte ( is written \\x28."),
            });
        }
        AddSend(steps, bytes);
        return steps;
    }

    private static void AddSend(List<WireStep> steps, List<string> lines)
    {
        var bytes = WireNotation.Decode(string.Concat(lines));
        lines.Clear();
        if (bytes.Length > 0) steps.Add(new WireStep.Send(bytes));
    }

    private (List<ExpectedResponse> Responses, WireEnd End) ReadResponses(Block block)
    {
        var lines = Expand(block);
        var end = lines.LastOrDefault() switch
        {
            "(open)" => WireEnd.Open,
            "(closed)" => WireEnd.Closed,
            _ => throw Error(block.FirstLine + block.Lines.Length - 1, "A response ends with (open) or (closed)."),
        };
        var responses = new List<ExpectedResponse>();
        for (var at = 0; at < lines.Length - 1;)
        {
            var next = Array.FindIndex(lines, at + 1, IsStatusLine);
            if (next < 0) next = lines.Length - 1;
            responses.Add(ReadResponse(block, lines[at..next]));
            at = next;
        }
        return (responses, end);
    }

    private ExpectedResponse ReadResponse(Block block, string[] lines)
    {
        var headEnd = Array.IndexOf(lines, "␍␊");
        if (!IsStatusLine(lines[0]) || headEnd < 0)
            throw Error(block.FirstLine, "A response begins with a status line and ends its head with an empty line, ␍␊.");
        var head = lines[..headEnd];
        if (head.Any(line => line != ExpectedResponse.Anything && !line.EndsWith("␍␊", StringComparison.Ordinal)))
            throw Error(block.FirstLine, "Each line of a response's head ends with ␍␊.");
        return ExpectedResponse.Read(head, string.Concat(lines[(headEnd + 1)..]));
    }

    private static bool IsStatusLine(string line) => line.StartsWith("HTTP/1.", StringComparison.Ordinal);

    /// <summary>Finds mistakes before repetitions are written out, so that they have a line.</summary>
    private void CheckLines(Block block)
    {
        for (var at = 0; at < block.Lines.Length; at++)
            CheckLine(block.FirstLine + at, block.Lines[at]);
    }

    private void CheckLine(int at, string line)
    {
        if (line.EndsWith(' ')) throw Error(at, "A space at the end of a line cannot be seen: \\x20.");
        try
        {
            WireNotation.Decode(string.Concat(line.Where(character => !Marks.Contains(character))));
        }
        catch (FormatException error)
        {
            throw Error(at, error.Message);
        }
    }

    /// <summary>The lines of a block with repetitions written out.</summary>
    private string[] Expand(Block block)
    {
        try
        {
            return WireNotation.Expand(string.Join('\n', block.Lines)).Split('\n');
        }
        catch (FormatException error)
        {
            throw Error(block.FirstLine, error.Message);
        }
    }

    private FormatException Error(int at, string message) => new($"{At(at)}: {message}");

    private string At(int index) => $"tests/wire/{_file}:{index + 1}";
}
