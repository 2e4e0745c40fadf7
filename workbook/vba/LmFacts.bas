Attribute VB_Name = "LmFacts"
Option Explicit
' The facts that CheckSetup reports on, as lines "key=value". Nothing here starts a program. What a system does not have
' (the registry, another stream of a file) is simply not known: such a function answers "".

Public Function GatherFacts() As String
    Dim facts As String
    facts = Pair("excel_version", Application.Version) & Pair("excel_build", BuildNumber()) & _
        Pair("excel_bits", BitsOf(Application.OperatingSystem)) & Pair("system", Application.OperatingSystem) & _
        Pair("store_excel", YesNo(InStr(LCase$(ExcelPath()), "windowsapps") > 0)) & _
        Pair("book_path", BookPath()) & Pair("book_on_web", YesNo(OnTheWeb(ThisWorkbook.Path))) & _
        Pair("book_zone", ZoneOf(BookPath())) & Pair("macro_setting", MacroSetting(Application.Version)) & _
        Pair("xlwings_book", Setting("XLWINGS VERSION")) & Pair("lossmit_book", Setting("LOSSMIT VERSION")) & _
        Pair("antivirus", Antivirus())
    GatherFacts = facts & PythonFacts(Setting("INTERPRETER_WIN"), ThisWorkbook.Path & Separator() & "xlwings.conf", _
        Environ("USERPROFILE") & Separator() & ".xlwings" & Separator() & "xlwings.conf", Environ("PATH"), ";", _
        Environ("APPDATA"))
End Function

Public Function PythonFacts(onSheet As String, besideBook As String, ofUser As String, pathList As String, _
    between As String, roaming As String) As String
    ' Which Python would be started, who says so, and what is installed in it.
    Dim named As String, level As String, losers As String, found As String
    Offer onSheet, "the sheet xlwings.conf", named, level, losers
    Offer ConfValue(besideBook, "INTERPRETER_WIN"), besideBook, named, level, losers
    Offer ConfValue(ofUser, "INTERPRETER_WIN"), ofUser, named, level, losers
    If level = "" Then level = "nothing"
    If named = "" Or LCase$(named) = "python" Then found = OnPath(pathList, between) Else found = named
    PythonFacts = Pair("conf_level", level) & Pair("conf_losers", Mid$(losers, 3)) & Pair("python_path", found) & _
        Pair("python_found", YesNo(FileThere(found))) & _
        Pair("python_alias", YesNo(InStr(LCase$(found), "windowsapps") > 0)) & _
        Pair("xlwings_python", Installed(found, "xlwings", roaming)) & _
        Pair("lossmit_python", Installed(found, "lossmit_xl", roaming))
End Function

Private Sub Offer(value As String, who As String, named As String, level As String, losers As String)
    ' The first level that names an interpreter wins, as in xlwings.
    If value = "" Then Exit Sub
    If level = "" Then
        named = value
        level = who
    ElseIf value <> named Then
        losers = losers & ", " & who
    End If
End Sub

Private Function Pair(key As String, value As String) As String
    Pair = key & "=" & OneLine(value) & vbLf
End Function

Private Function YesNo(answer As Boolean) As String
    If answer Then YesNo = "yes" Else YesNo = "no"
End Function

Private Function BuildNumber() As String
    On Error GoTo Unknown
    BuildNumber = CStr(Application.Build)
Unknown:
End Function

Private Function ExcelPath() As String
    On Error GoTo Unknown
    ExcelPath = Application.Path
Unknown:
End Function

Public Function BitsOf(system As String) As String
    ' Excel names its own bitness there, not Windows'.
    If InStr(system, "64") > 0 Then
        BitsOf = "64"
    ElseIf InStr(system, "32") > 0 Then
        BitsOf = "32"
    Else
        BitsOf = "unknown"
    End If
End Function

Private Function ZoneOf(path As String) As String
    ' The Mark of the Web is a second stream of the file: 3 is the internet, 4 restricted; "" where there is none.
    ZoneOf = ConfLine(path & ":Zone.Identifier", "ZoneId=")
End Function

Private Function ConfLine(path As String, start As String) As String
    Dim file As Integer, words As String
    On Error GoTo Absent
    file = FreeFile
    Open path For Input As #file
    Do While Not EOF(file)
        Line Input #file, words
        If Left$(Trim$(words), Len(start)) = start Then ConfLine = Mid$(Trim$(words), Len(start) + 1)
    Loop
    Close #file
Absent:
End Function

Public Function ConfValue(path As String, key As String) As String
    ' A key's value in a file of xlwings: lines "KEY","value".
    Dim value As String
    If Not FileThere(path) Then Exit Function
    value = ConfLine(path, """" & key & """,")
    ConfValue = Replace(value, """", "")
End Function

Public Function OnPath(pathList As String, between As String) As String
    ' The python that a command line would start.
    Dim folders As Variant, place As Long, folder As String
    folders = Split(pathList, between)
    For place = LBound(folders) To UBound(folders)
        folder = folders(place)
        If folder <> "" Then
            If Right$(folder, 1) <> Separator() Then folder = folder & Separator()
            If FileThere(folder & "python.exe") Then
                OnPath = folder & "python.exe"
                Exit Function
            End If
        End If
    Next place
End Function

Public Function Installed(python As String, package As String, roaming As String) As String
    ' The version of a package in a Python, read off its folders: Lib\site-packages\NAME-VERSION.dist-info.
    Dim folder As String
    folder = FolderOf(python)
    If folder = "" Then Exit Function
    Installed = VersionIn(folder & "Lib" & Separator() & "site-packages" & Separator(), package)
    If Installed = "" Then  ' a virtual environment keeps its python in Scripts
        folder = FolderOf(Left$(folder, Len(folder) - 1))
        Installed = VersionIn(folder & "Lib" & Separator() & "site-packages" & Separator(), package)
    End If
    If Installed = "" And roaming <> "" Then  ' where a Python for all users keeps what one user installs
        Installed = VersionIn(roaming & Separator() & "Python" & Separator() & NameOf(LastFolder(python)) & Separator() & _
            "site-packages" & Separator(), package)
    End If
End Function

Private Function LastFolder(path As String) As String
    ' The folder of a file, without a separator at its end.
    LastFolder = FolderOf(path)
    If LastFolder <> "" Then LastFolder = Left$(LastFolder, Len(LastFolder) - 1)
End Function

Private Function VersionIn(folder As String, package As String) As String
    Dim found As String
    On Error GoTo Absent
    found = Dir(folder & package & "-*.dist-info", vbDirectory)
    If found <> "" Then VersionIn = Mid$(found, Len(package) + 2, Len(found) - Len(package) - 11)
Absent:
End Function

Private Function MacroSetting(version As String) As String
    ' 1 all macros run, 2 Excel asks, 3 signed only, 4 none outside trusted folders; "" where it was never set.
    Dim host As Object
    On Error GoTo Unknown
    Set host = CreateObject("WScript.Shell")
    MacroSetting = CStr(host.RegRead("HKCU\Software\Microsoft\Office\" & version & "\Excel\Security\VBAWarnings"))
Unknown:
End Function

Private Function Antivirus() As String
    ' Guards other than Windows' own, by their folders; asking Windows itself looks to some of them like an attack.
    Dim names As Variant, place As Long
    names = Split("Avast Software|AVG|Bitdefender|CrowdStrike|ESET|Kaspersky Lab|McAfee|Norton|SentinelOne|Sophos|Trend Micro", "|")
    For place = LBound(names) To UBound(names)
        If FolderThere(Environ("ProgramFiles") & Separator() & names(place)) Then Antivirus = Antivirus & ", " & names(place)
    Next place
    Antivirus = Mid$(Antivirus, 3)
End Function
