Attribute VB_Name = "LmFiles"
Option Explicit
' Paths, text files and the log. Everything here works in Excel on Windows and Mac and in LibreOffice.

Public Function FolderOf(path As String) As String
    ' With its separator at the end; "" where the path names no folder.
    Dim place As Long
    For place = Len(path) To 1 Step -1
        If Mid$(path, place, 1) = "\" Or Mid$(path, place, 1) = "/" Then
            FolderOf = Left$(path, place)
            Exit Function
        End If
    Next place
End Function

Public Function NameOf(path As String) As String
    NameOf = Mid$(path, Len(FolderOf(path)) + 1)
End Function

Public Function StemOf(path As String) As String
    ' The name without its last extension.
    Dim place As Long
    StemOf = NameOf(path)
    For place = Len(StemOf) To 2 Step -1
        If Mid$(StemOf, place, 1) = "." Then
            StemOf = Left$(StemOf, place - 1)
            Exit Function
        End If
    Next place
End Function

Public Function FileThere(path As String) As Boolean
    On Error GoTo Absent
    If path <> "" Then FileThere = (Dir(path) <> "")
    Exit Function
Absent:
    FileThere = False
End Function

Public Function FolderThere(path As String) As Boolean
    ' With or without its separator at the end; a drive's root is only found with it.
    On Error GoTo Absent
    FolderThere = (Dir(path, vbDirectory) <> "")
    If Not FolderThere And Right$(path, 1) = Separator() Then
        FolderThere = (Dir(Left$(path, Len(path) - 1), vbDirectory) <> "")
    End If
Absent:
End Function

Public Function OnTheWeb(path As String) As Boolean
    ' OneDrive and SharePoint give a workbook an address instead of a path.
    OnTheWeb = (LCase$(Left$(path, 4)) = "http")
End Function

Public Function ScratchFolder() As String
    ScratchFolder = Environ("TEMP")
    If ScratchFolder = "" Then ScratchFolder = Environ("TMPDIR")
    If ScratchFolder = "" Then ScratchFolder = "/tmp"
    If Right$(ScratchFolder, 1) <> Separator() Then ScratchFolder = ScratchFolder & Separator()
End Function

Public Function Separator() As String
    Separator = Application.PathSeparator
End Function

Public Function ScratchFile(purpose As String, ending As String) As String
    ' A name in the folder for temporary files that nothing has yet.
    Dim number As Long
    Do
        number = number + 1
        ScratchFile = ScratchFolder() & "lossmit-" & purpose & "-" & Format(Now, "yyyymmddhhmmss") & "-" & number & ending
    Loop While FileThere(ScratchFile)
End Function

Public Sub RemoveFile(path As String)
    ' Gone if it can be; a file that another program holds stays, which is no reason to fail.
    On Error GoTo Held
    If FileThere(path) Then Kill path
Held:
End Sub

Public Function ReadText(path As String) As String
    ' A small text file, lines joined by line feeds.
    Dim file As Integer, words As String
    file = FreeFile
    Open path For Input As #file
    Do While Not EOF(file)
        Line Input #file, words
        ReadText = ReadText & words & vbLf
    Loop
    Close #file
End Function

Public Function LogPath() As String
    LogPath = ScratchFolder() & "LossMit.log"
End Function

Public Sub WriteLog(task As String, text As String)
    ' A line in the log. A log that can't be written never stops a macro.
    Dim file As Integer
    On Error GoTo Failed
    file = FreeFile
    Open LogPath() For Append As #file
    Print #file, Format(Now, "yyyy-mm-dd hh:mm:ss") & " " & task & ": " & OneLine(text)
    Close #file
Failed:
End Sub

Public Function OneLine(text As String) As String
    OneLine = Trim$(Replace(Replace(Replace(text, vbCr, " "), vbLf, " "), vbTab, " "))
End Function
